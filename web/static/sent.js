"use strict";
(function () {
  // the report arrived: its draft in this browser has done its work
  var sent = document.querySelector("[data-sent]"), KEY = "muster reports";
  try {
    var drafts = JSON.parse(localStorage.getItem(KEY)) || [];
    localStorage.setItem(KEY, JSON.stringify(drafts.filter(function (draft) { return draft.key !== sent.dataset.sent; })));
  } catch (error) { return; }
})();
