"use strict";
(function () {
  var button = document.getElementById("here");
  if (!button || !navigator.geolocation) return;
  var fields = document.querySelectorAll("[data-here]");
  button.hidden = false;
  button.addEventListener("click", function () {
    navigator.geolocation.getCurrentPosition(function (found) {
      if (fields.length) {
        fields.forEach(function (field) { field.value = found.coords[field.dataset.here].toFixed(5); });
        return;
      }
      var address = new URL(location.href);
      address.searchParams.set("lat", found.coords.latitude.toFixed(4));
      address.searchParams.set("lon", found.coords.longitude.toFixed(4));
      location.assign(address);
    }, function () { button.textContent = button.dataset.nowhere; }, { timeout: 20000 });
  });
})();
