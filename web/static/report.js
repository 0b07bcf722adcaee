"use strict";
(function () {
  var form = document.getElementById("report"), box = document.getElementById("draft"), KEY = "muster reports", SIDE = 1280, DAY = 864e5;
  var names = ["grid_code", "address", "item_code", "description", "contact", "latitude", "longitude", "slip", "written_at", "channel", "key", "who"];
  if (!form || !window.localStorage || !window.fetch || !window.FormData) return;
  var me = form.dataset.who, shared = form.dataset.shared === "1", said = form.dataset, busy = false;
  function tell(text) { box.textContent = text; box.hidden = false; }
  function field(name) { return form.elements[name]; }
  function all() { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch (error) { return []; } }
  function save(drafts) {
    try { localStorage.setItem(KEY, JSON.stringify(drafts)); return true; } catch (error) { return false; }
  }
  function drop(key) { save(all().filter(function (draft) { return draft.key !== key; })); }
  function put(draft) {
    if (shared) return false;
    var others = all().filter(function (other) { return other.key !== draft.key; });
    while (!save(others.concat(draft))) { if (!draft.photos.length) return false; draft.photos.pop(); }
    return true;
  }
  function mine(waiting) { return all().filter(function (draft) { return draft.who === me && !!draft.waiting === waiting; }); }
  function typed() {
    var draft = { photos: [], at: Date.now() };
    names.forEach(function (name) { if (field(name)) draft[name] = field(name).value; });
    return draft;
  }
  function smaller(file) {
    return new Promise(function (done) {
      var image = new Image(), reader = new FileReader();
      image.onload = function () {
        var scale = Math.min(1, SIDE / Math.max(image.width, image.height)), canvas = document.createElement("canvas");
        canvas.width = image.width * scale; canvas.height = image.height * scale;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        done(canvas.toDataURL("image/jpeg", 0.8));
      };
      image.onerror = reader.onerror = function () { done(null); };
      reader.onload = function () { image.src = reader.result; };
      reader.readAsDataURL(file);
    });
  }
  function keep() {
    var draft = typed(), files = Array.prototype.slice.call(field("photos").files, 0, 5);
    draft.waiting = true;
    return Promise.all(files.map(smaller)).then(function (photos) {
      draft.photos = photos.filter(Boolean);
      if (!put(draft)) { tell(said.unkept); return; }
      tell(said.saved);
      empty();
      setTimeout(send, 15000);
    });
  }
  function empty() {
    form.reset();
    field("latitude").value = field("longitude").value = "";
    field("key").value = key();
    spot();
  }
  function blob(url) {
    var raw = atob(url.split(",")[1]), bytes = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return new Blob([bytes], { type: "image/jpeg" });
  }
  function post(data) { return fetch(location.pathname, { method: "POST", body: data, credentials: "same-origin" }); }
  function page() {
    return fetch(location.pathname, { credentials: "same-origin" }).then(function (answer) { return answer.text(); }).then(function (text) {
      return new DOMParser().parseFromString(text, "text/html").querySelector("#report");
    });
  }
  function took(answer) { return answer.ok && answer.redirected && /\/track\//.test(answer.url); }
  function send() {
    var draft = mine(true)[0];
    if (!draft || busy || !navigator.onLine) return;
    busy = true;
    page().then(function (fresh) {
      if (fresh.dataset.who !== draft.who) { ask(draft); return null; }
      var data = new FormData();
      data.append("csrf_token", fresh.elements.csrf_token.value);
      names.forEach(function (name) { if (draft[name]) data.append(name, draft[name]); });
      draft.photos.forEach(function (url, number) { data.append("photos", blob(url), number + 1 + ".jpg"); });
      return post(data);
    }).then(function (answer) {
      busy = false;
      if (!answer) return;
      if (took(answer)) { drop(draft.key); sent(answer.url); send(); return; }
      if (answer.status !== 422) throw new Error(answer.status);
      draft.waiting = false;
      put(draft);
      if (!field("description").value) fill(draft);
      send();
    }).catch(function () { busy = false; setTimeout(send, 15000); });
  }
  function link(text, url, words) { tell(text + " "); add(url, words); }
  function add(url, words) {
    var found = document.createElement("a");
    found.href = url; found.textContent = words;
    box.appendChild(found);
  }
  function sent(url) {
    if (box.querySelector("a[href*='/track/']")) box.appendChild(document.createTextNode(" · ")); else tell(said.sent + " ");
    add(url, url.split("/").pop());
  }
  function ask(draft) {
    if (draft.who && !me) link(said.asks.replace("{}", draft.who), said.door, said.enter);
    else tell(said.asks.replace("{}", draft.who || said.nobody));
  }
  function live() {
    busy = true;
    put(typed());
    post(new FormData(form)).then(function (answer) {
      busy = false;
      if (answer.status >= 500) return keep();
      if (!took(answer)) { form.submit(); return null; }
      drop(field("key").value);
      location.assign(answer.url);
      return null;
    }, function () { busy = false; return keep(); });
  }
  function key() { return Date.now().toString(36) + Math.random().toString(36).slice(2); }
  function fill(draft) {
    names.forEach(function (name) { if (field(name) && draft[name]) field(name).value = draft[name]; });
    if (draft.photos.length && window.DataTransfer) {
      var files = new DataTransfer();
      draft.photos.forEach(function (url, number) { files.items.add(new File([blob(url)], number + 1 + ".jpg", { type: "image/jpeg" })); });
      field("photos").files = files.files;
    }
    spot();
    tell(said.restored);
  }
  function spot() {
    var text = field("latitude").value + " " + field("longitude").value, here = document.getElementById("spot");
    here.hidden = !field("latitude").value;
    here.querySelector("span").textContent = text;
    document.getElementById("unlocate").hidden = false;
  }
  function tidy() {
    // what another person only typed is not for this one's eyes; what they sent waits for them
    save(all().filter(function (draft) {
      return draft.waiting || (!shared && (draft.who === me || !me) && Date.now() - draft.at < DAY);
    }));
  }
  form.addEventListener("submit", function (event) {
    if (event.submitter && event.submitter.name === "locate") return;
    event.preventDefault();
    if (busy) return;
    if (navigator.onLine) live(); else keep();
  });
  form.addEventListener("input", function () { put(typed()); });
  window.addEventListener("online", send);
  tidy();
  var open = mine(false)[0], foreign = all().filter(function (draft) { return draft.waiting && draft.who !== me; })[0];
  if (open && open.description && !field("description").value) fill(open);
  else if (mine(true).length) tell(said.saved);
  else if (foreign) ask(foreign);
  send();
  if (navigator.geolocation) {
    var button = document.getElementById("locate");
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.geolocation.getCurrentPosition(function (found) {
        field("latitude").value = found.coords.latitude.toFixed(5);
        field("longitude").value = found.coords.longitude.toFixed(5);
        spot();
      }, function () { tell(form.dataset.nowhere); }, { timeout: 20000, enableHighAccuracy: true });
    });
  }
  document.getElementById("unlocate").addEventListener("click", function () {
    field("latitude").value = field("longitude").value = "";
    spot();
  });
  // the place in a photo: its first part is enough to ask, and the chosen photos stay chosen
  form.querySelector("button[name=locate]").addEventListener("click", function (event) {
    var data = new FormData();
    event.preventDefault();
    data.append("csrf_token", field("csrf_token").value);
    data.append("locate", "1");
    Array.prototype.slice.call(field("photos").files, 0, 5).forEach(function (file) { data.append("photos", file.slice(0, 262144, file.type), file.name); });
    fetch(location.pathname, { method: "POST", body: data, credentials: "same-origin" }).then(function (answer) { return answer.text(); }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html"), wrong = page.getElementById("p-photo");
      if (wrong) { tell(wrong.textContent); return; }
      field("latitude").value = page.querySelector("#report [name=latitude]").value;
      field("longitude").value = page.querySelector("#report [name=longitude]").value;
      spot();
    }).catch(function () { tell(form.dataset.nowhere); });
  });
})();
