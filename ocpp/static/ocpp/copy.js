/* Buttons that copy: <button data-copy="id of an element">. Without a secure context there is no
clipboard to write to, so the text is selected and the browser's old command is tried. */
(function () {
  "use strict";

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  async function copy(button) {
    const element = document.getElementById(button.dataset.copy);
    select(element);
    try {
      if (navigator.clipboard) {
        await navigator.clipboard.writeText(element.textContent);
      } else {
        document.execCommand("copy");
      }
      button.textContent = button.dataset.done;
    } catch (error) {
      // It stays selected: the keys for copying do the rest.
    }
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (button) {
      copy(button);
    }
  });
})();
