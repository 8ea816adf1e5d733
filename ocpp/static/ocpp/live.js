/* Keeps parts of a page up to date: each `data-live` element names the address of its JSON.

The server makes and escapes the HTML; it sends it only when it has changed. An element that is
final is asked for no more. While the page is hidden nothing is asked for. */
(function () {
  "use strict";

  function lost(element, hidden) {
    const note = element.parentElement && element.parentElement.querySelector(".live-lost");
    if (note) {
      note.hidden = hidden;
    }
  }

  /* Replaces what is inside, and keeps the keyboard where it was. */
  function show(element, html) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const link = focused && focused.getAttribute("href");
    element.innerHTML = html;
    if (link) {
      const same = Array.from(element.querySelectorAll("a[href]")).find(
        (one) => one.getAttribute("href") === link
      );
      if (same) {
        same.focus();
      }
    }
  }

  function follow(element) {
    const every = Number(element.dataset.every) || 2000;
    let have = "";
    let pause = every;

    async function ask() {
      if (document.hidden) {
        return again();
      }
      const address = new URL(element.dataset.live, window.location.href);
      address.searchParams.set("have", have);
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (!answer.ok || answer.redirected) {
          throw new Error(String(answer.status));
        }
        const told = await answer.json();
        if (told.html !== undefined) {
          show(element, told.html);
        }
        have = told.digest;
        pause = every;
        lost(element, true);
        if (told.final) {
          return undefined;
        }
      } catch (error) {
        pause = Math.min(pause * 2, 30000);
        lost(element, false);
      }
      return again();
    }

    function again() {
      window.setTimeout(ask, pause);
    }

    if (!("final" in element.dataset)) {
      again();
    }
  }

  function start() {
    document.querySelectorAll("[data-live]").forEach(follow);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
