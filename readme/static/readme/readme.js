/* The list of documents is open where there is room beside the text, and closed on a phone. */
(function () {
  "use strict";

  for (const list of document.querySelectorAll("details[data-open-from]")) {
    const room = window.matchMedia(`(min-width: ${list.dataset.openFrom}px)`);
    const follow = () => { list.open = room.matches; };
    room.addEventListener("change", follow);
    follow();
  }
})();
