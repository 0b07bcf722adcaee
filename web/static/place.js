"use strict";
// Does in place what a form or link with data-swap would do by loading a page: the ids that it names are taken out of the
// answer. Scroll, focus, what was typed and chosen elsewhere stay; what was done is said. Where this fails, the page loads.
(function () {
  var said = document.getElementById("said"), pressed = null, isBusy = false, ends;
  if (!said || !window.fetch || !window.DOMParser || !window.URLSearchParams) return;
  function all(selector, where) { return Array.prototype.slice.call((where || document).querySelectorAll(selector)); }
  function text(where, selector) {
    return all(selector, where).map(function (each) { return each.textContent.trim(); }).filter(Boolean).join(" ");
  }
  function tell(what, isFault) {
    said.className = isFault ? "fault" : "";
    said.textContent = "";
    window.setTimeout(function () { said.textContent = what; }, 50);
    window.clearTimeout(ends);
    ends = window.setTimeout(function () { said.textContent = ""; }, 10000);
  }
  function spot() {
    var at = document.activeElement, row = at && at.closest ? at.closest("[data-row]") : null;
    if (!at || at === document.body) return { top: 0 };
    return { id: row ? row.id : at.id, isRow: !!row, number: row ? all("[data-row]").indexOf(row) : -1, top: at.getBoundingClientRect().top };
  }
  function back(old) {
    var found = old.id ? document.getElementById(old.id) : null, rows = all("[data-row]");
    if (old.isRow) {
      found = found || rows[Math.min(old.number, rows.length - 1)];
      found = found ? found.querySelector("a.what") : null;
    }
    found = found || document.getElementById("main");
    found.focus({ preventScroll: true });
    if (old.isRow && found.id !== "main") window.scrollBy(0, found.getBoundingClientRect().top - old.top);
  }
  function swap(page, ids) {
    var fresh = ids.map(function (id) { return page.getElementById(id); });
    if (fresh.some(function (each) { return !each; })) return false;
    var old = spot(), chosen = {}, x = window.scrollX, y = window.scrollY, height = document.body.style.minHeight;
    all("input[type=checkbox]:checked").forEach(function (box) { chosen[box.name + box.value] = true; });
    document.body.style.minHeight = document.body.scrollHeight + "px";
    ids.forEach(function (id, number) {
      var place = document.getElementById(id);
      all("details[open][id]", place).forEach(function (each) {
        var same = page.getElementById(each.id);
        if (same) same.open = true;
      });
      place.parentNode.replaceChild(document.importNode(fresh[number], true), place);
    });
    all("input[type=checkbox]").forEach(function (box) { if (chosen[box.name + box.value]) box.checked = true; });
    document.body.style.minHeight = height;
    window.scrollTo(x, y);
    back(old);
    return true;
  }
  function go(address, ids, body, isShown, isQuiet) {
    if (isBusy) return;
    isBusy = true;
    document.documentElement.setAttribute("aria-busy", "true");
    var final = "", isStale = false;
    fetch(address, { method: body ? "POST" : "GET", body: body, credentials: "same-origin" }).then(function (answer) {
      final = answer.url;
      return answer.text().then(function (html) {
        var page = new DOMParser().parseFromString(html, "text/html");
        if (!answer.ok) { isStale = ids[0] === "desk"; tell(text(page, "main .problem") || page.title, true); return; }
        if (!swap(page, ids)) { location.assign(final); return; }
        if (isShown) history.pushState(null, "", final);
        if (!isQuiet) tell(text(page, "main > .note") || text(page, "#count"));
      });
    }).catch(function () { tell(said.dataset.offline, true); }).then(function () {
      isBusy = false;
      document.documentElement.removeAttribute("aria-busy");
      if (isStale && !isQuiet) go(location.href, ids, null, false, true);
    });
  }
  function send(form, button) {
    var data = new URLSearchParams(), ids = form.dataset.swap.split(" ");
    var address = button && button.getAttribute("formaction") || form.getAttribute("action") || location.pathname;
    new FormData(form).forEach(function (value, name) { data.append(name, value); });
    if (button && button.name) data.append(button.name, button.value);
    if (form.dataset.stay !== undefined) data.set("next", location.pathname + location.search);
    if (form.method === "post") go(address, ids, data, false);
    else go(address + "?" + data, ids, null, true);
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button"), link = event.target.closest("a[data-swap]");
    if (button) pressed = button;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(link.href, link.dataset.swap.split(" "), null, true);
  }, true);
  document.addEventListener("submit", function (event) {
    var form = event.target, button = pressed && pressed.form === form ? pressed : null;
    pressed = null;
    if (!form.dataset.swap) return;
    event.preventDefault();
    send(form, button);
  });
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (form && form.dataset.swap && form.method === "get" && event.target.tagName === "SELECT") send(form, null);
  });
  window.addEventListener("popstate", function () { location.reload(); });
})();
