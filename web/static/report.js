"use strict";
(function () {
  var form = document.getElementById("report"), box = document.getElementById("draft"), KEY = "muster report", SIDE = 1280;
  var names = ["grid_code", "address", "item_code", "description", "contact", "latitude", "longitude", "slip", "key"];
  if (!form || !window.localStorage || !window.fetch || !window.FormData) return;
  function tell(text) { box.textContent = text; box.hidden = false; }
  function field(name) { return form.elements[name]; }
  function read() { try { return JSON.parse(localStorage.getItem(KEY)); } catch (error) { return null; } }
  function write(draft) {
    try { localStorage.setItem(KEY, JSON.stringify(draft)); return true; } catch (error) {
      if (!draft.photos || !draft.photos.length) return false;
      draft.photos.pop();
      return write(draft);
    }
  }
  function typed() {
    var draft = { photos: [] };
    names.forEach(function (name) { if (field(name)) draft[name] = field(name).value; });
    return draft;
  }
  function smaller(file) {
    return new Promise(function (done) {
      var image = new Image(), url = URL.createObjectURL(file);
      image.onload = function () {
        var scale = Math.min(1, SIDE / Math.max(image.width, image.height)), canvas = document.createElement("canvas");
        canvas.width = image.width * scale; canvas.height = image.height * scale;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        URL.revokeObjectURL(url);
        done(canvas.toDataURL("image/jpeg", 0.8));
      };
      image.onerror = function () { done(null); };
      image.src = url;
    });
  }
  function keep() {
    var draft = typed();
    draft.waiting = true;
    Promise.all(Array.prototype.slice.call(field("photos").files, 0, 5).map(smaller)).then(function (photos) {
      draft.photos = photos.filter(Boolean);
      if (write(draft)) tell(form.dataset.saved);
    });
  }
  function blob(url) {
    var raw = atob(url.split(",")[1]), bytes = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return new Blob([bytes], { type: "image/jpeg" });
  }
  function send() {
    var draft = read();
    if (!draft || !draft.waiting || !navigator.onLine) return;
    fetch(location.pathname, { credentials: "same-origin" }).then(function (answer) { return answer.text(); }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html"), data = new FormData();
      data.append("csrf_token", page.querySelector("#report [name=csrf_token]").value);
      names.forEach(function (name) { if (draft[name]) data.append(name, draft[name]); });
      draft.photos.forEach(function (url, number) { data.append("photos", blob(url), number + 1 + ".jpg"); });
      return fetch(location.pathname, { method: "POST", body: data, credentials: "same-origin" });
    }).then(function (answer) {
      if (!answer.ok) { draft.waiting = false; write(draft); fill(draft); return; }
      localStorage.removeItem(KEY);
      tell(form.dataset.sent + " ");
      var link = document.createElement("a");
      link.href = answer.url; link.textContent = answer.url.split("/").pop();
      box.appendChild(link);
      form.reset();
      field("key").value = key();
    }).catch(function () { setTimeout(send, 15000); });
  }
  function key() { return Date.now().toString(36) + Math.random().toString(36).slice(2); }
  function fill(draft) {
    names.forEach(function (name) { if (field(name) && draft[name]) field(name).value = draft[name]; });
    spot();
    tell(form.dataset.restored);
  }
  function spot() {
    var text = field("latitude").value + " " + field("longitude").value, here = document.getElementById("spot");
    here.hidden = !field("latitude").value;
    here.querySelector("span").textContent = text;
    document.getElementById("unlocate").hidden = false;
  }
  form.addEventListener("submit", function (event) {
    if (!navigator.onLine && event.submitter && event.submitter.name !== "locate") { event.preventDefault(); keep(); }
    else if (!(event.submitter && event.submitter.name === "locate")) localStorage.removeItem(KEY);
  });
  form.addEventListener("input", function () {
    var before = read();
    if (!before || !before.waiting) write(typed());
  });
  window.addEventListener("online", send);
  var draft = read();
  if (draft && draft.waiting) { tell(form.dataset.saved); send(); }
  else if (draft && draft.description && !field("description").value) fill(draft);
  if (navigator.geolocation) {
    var button = document.getElementById("locate");
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.geolocation.getCurrentPosition(function (found) {
        field("latitude").value = found.coords.latitude.toFixed(5);
        field("longitude").value = found.coords.longitude.toFixed(5);
        spot();
      });
    });
    document.getElementById("unlocate").addEventListener("click", function () {
      field("latitude").value = field("longitude").value = "";
      spot();
    });
  }
})();
