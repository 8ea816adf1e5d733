/* The newest page of a message log: new messages appear on top while the button "Follow" is pressed. */
(function () {
  "use strict";

  const EVERY_MS = 1000;
  const MOST_SHOWN = 500;
  const RETRY_MS = 5000;

  function start() {
    const list = document.getElementById("messages");
    const button = document.getElementById("follow");
    if (!list || !list.dataset.src || !button) {
      return;
    }
    let timer = 0;
    let busy = false;
    let wanted = false;
    let last = 0;
    let seen = newest();

    function newest() {
      const first = list.querySelector("details[data-pk]");
      return first ? Number(first.dataset.pk) : 0;
    }

    function follows() {
      return button.getAttribute("aria-pressed") === "true";
    }

    function later(ms) {
      if (!timer) {
        timer = window.setTimeout(run, ms);
      }
    }

    async function run() {
      timer = 0;
      if (!follows() || busy) {
        return;
      }
      busy = true;
      wanted = false;
      last = Date.now();
      try {
        const address = new URL(list.dataset.src, window.location.href);
        address.searchParams.set("after", String(seen));
        const answer = await window.fetch(address);
        if (!answer.ok || answer.redirected) {
          throw new Error(String(answer.status));
        }
        put(await answer.text());
      } catch (error) {
        later(RETRY_MS);
      }
      busy = false;
      if (wanted) {
        later(EVERY_MS);
      }
    }

    function put(html) {
      const box = document.createElement("template");
      box.innerHTML = html;
      const fresh = Array.from(box.content.querySelectorAll("details[data-pk]"));
      if (!fresh.length) {
        return;
      }
      fresh.forEach((one) => one.classList.add("live-moved"));
      list.prepend(...fresh);
      seen = newest();
      wanted = true; // there may be more than come at once
      document.getElementById("no-messages").hidden = true;
      const all = list.querySelectorAll("details[data-pk]");
      for (let number = MOST_SHOWN; number < all.length; number += 1) {
        all[number].remove();
      }
    }

    document.addEventListener("live:changed", () => {
      wanted = true;
      later(Math.max(0, last + EVERY_MS - Date.now()));
    });
    button.hidden = false;
    button.classList.add("active");
    button.addEventListener("click", () => {
      const on = !follows();
      button.setAttribute("aria-pressed", String(on));
      button.classList.toggle("active", on);
      if (on) {
        later(0);
      }
    });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
