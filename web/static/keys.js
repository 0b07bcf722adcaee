"use strict";
(function () {
  var at = -1;
  function go(step) {
    var rows = Array.prototype.slice.call(document.querySelectorAll("li.row a.what"));
    if (!rows.length) return;
    at = Math.min(Math.max(rows.indexOf(document.activeElement) >= 0 ? rows.indexOf(document.activeElement) + step : at + step, 0), rows.length - 1);
    rows[at].focus();
    rows[at].scrollIntoView({ block: "nearest" });
  }
  function row() {
    var element = document.activeElement;
    return element && element.closest ? element.closest("li.row") : null;
  }
  function press(selector, where) {
    var found = (where || document).querySelector(selector);
    if (found) found.click();
    return !!found;
  }
  var acts = {
    j: function () { go(1); },
    k: function () { go(-1); },
    x: function () { if (row()) press("input[type=checkbox]", row()); },
    c: function () { return row() ? press("button[data-key=c]", row()) : press("main button[data-key=c]"); },
    o: function () { return row() && press("a.what", row()); },
    p: function () { return row() ? press("button[data-key=p]", row()) : press("main button[data-key=p]"); },
    n: function () { return press("button[data-key=n]"); },
    u: function () { return press("a[data-key=u]"); },
    "/": function () { var field = document.querySelector("#q"); if (field) { field.focus(); field.select(); } },
    f: function () {
      var field = document.querySelector("main form[enctype] input:not([type=hidden]), main form[enctype] select, main form[enctype] textarea");
      if (field) { field.focus(); field.scrollIntoView({ block: "center" }); }
    },
    "?": function () { return press("a[data-key='?']"); }
  };
  document.addEventListener("keydown", function (event) {
    var target = event.target, name = target.tagName;
    if (event.ctrlKey && event.key === "Enter" && target.form) { event.preventDefault(); press("button.main", target.form); return; }
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (name === "TEXTAREA" || name === "SELECT" || (name === "INPUT" && target.type !== "checkbox" && target.type !== "radio")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
  });
})();
