"use strict";
(function () {
  // on a computer of several people: away after five minutes without use; typing is use, and a draft is kept before
  var REST = 290000, KEPT = 60000, body = document.body.dataset, timer, told = Date.now(), typed = null;
  function leave() { location.replace(body.leave); }
  function rest() {
    var draft = typed && typed.isConnected && typed.querySelector("button[name=draft]");
    if (!draft) { leave(); return; }
    var data = new FormData(typed);
    data.append("draft", draft.value);
    fetch(typed.action, { method: "POST", body: data, credentials: "same-origin" }).then(leave, leave);
  }
  function used(event) {
    clearTimeout(timer);
    timer = setTimeout(rest, REST);
    if (event && event.target.form && event.type === "input") typed = event.target.form;
    if (event && Date.now() - told > KEPT) { told = Date.now(); fetch(body.alive, { credentials: "same-origin" }).catch(function () { return null; }); }
  }
  ["input", "keydown", "click"].forEach(function (name) { document.addEventListener(name, used); });
  used();
})();
