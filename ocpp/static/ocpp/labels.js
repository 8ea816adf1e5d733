/* The button that prints, which only a script can do. */
(function () {
  "use strict";

  const button = document.getElementById("print-button");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
