/* Keeps what a list of chargers says of now up to date: `data-live-cell="connection"` with the charger's
`data-live-charger` (its id), `data-pk` and `data-src` (where the cells are asked for). Only these cells
are replaced: what is ticked and where the keyboard is stay. `live.js` tells which chargers have changed. */
(function () {
  "use strict";

  const EVERY_MS = 1000;
  const waiting = new Set();
  let timer = 0;
  let asked = 0;

  function cells() {
    return Array.from(document.querySelectorAll("[data-live-cell]"));
  }

  function show(told) {
    cells().forEach((cell) => {
      const html = (told[cell.dataset.pk] || {})[cell.dataset.liveCell];
      if (html !== undefined && html !== cell.innerHTML) {
        cell.innerHTML = html;
      }
    });
  }

  async function ask() {
    timer = 0;
    const source = cells()[0];
    if (!source || !waiting.size) {
      return;
    }
    if (document.hidden) {
      later(EVERY_MS);
      return;
    }
    const keys = Array.from(waiting);
    waiting.clear();
    asked = Date.now();
    try {
      const query = new URLSearchParams(keys.map((key) => ["pk", key]));
      const answer = await fetch(source.dataset.src + "?" + query, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) {
        throw new Error(String(answer.status));
      }
      show(await answer.json());
    } catch (error) {
      // The node is away for a moment: the same again, later.
      keys.forEach((key) => waiting.add(key));
      later(10 * EVERY_MS);
    }
    if (waiting.size) {
      later(EVERY_MS);
    }
  }

  function later(ms) {
    if (!timer) {
      timer = window.setTimeout(ask, ms);
    }
  }

  document.addEventListener("live:changed", (event) => {
    const ids = event.detail;
    cells().forEach((cell) => {
      if (ids.includes("*") || ids.includes(cell.dataset.liveCharger)) {
        waiting.add(cell.dataset.pk);
      }
    });
    later(Math.max(0, asked + EVERY_MS - Date.now()));
  });
})();
