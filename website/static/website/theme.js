/* Light or dark. Loaded in <head> before anything is painted, so no page flashes.

The choice is kept under the same name and words as the admin's, so both always look alike:
"light", "dark", or nothing (or "auto") for what the system prefers. */
(function () {
  "use strict";

  const KEY = "theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const word = window.localStorage.getItem(KEY);
      return word === "light" || word === "dark" ? word : null;
    } catch (error) {
      return null; // storage is switched off
    }
  }

  function current() {
    return chosen() || (system.matches ? "dark" : "light");
  }

  function show() {
    const theme = current();
    document.documentElement.dataset.bsTheme = theme;
    const button = document.getElementById("theme-button");
    if (button) {
      const label = theme === "dark" ? button.dataset.toLight : button.dataset.toDark;
      button.setAttribute("aria-label", label);
      button.title = label;
      button.firstElementChild.className = theme === "dark" ? "bi bi-sun" : "bi bi-moon-stars";
    }
  }

  function change() {
    const other = current() === "dark" ? "light" : "dark";
    try {
      window.localStorage.setItem(KEY, other);
    } catch (error) {
      document.documentElement.dataset.bsTheme = other; // for this page at least
      return;
    }
    show();
  }

  show();
  system.addEventListener("change", show);
  window.addEventListener("storage", show); // changed in another tab
  // Paper is white.
  window.addEventListener("beforeprint", () => { document.documentElement.dataset.bsTheme = "light"; });
  window.addEventListener("afterprint", show);
  document.addEventListener("DOMContentLoaded", function () {
    show();
    const button = document.getElementById("theme-button");
    if (button) {
      button.addEventListener("click", change);
      button.hidden = false;
    }
  });
})();
