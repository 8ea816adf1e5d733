/* The results of changed keys, as they arrive. Without this script they are there on reloading. */
(function () {
  "use strict";

  const PAUSE_MS = 1000;
  const table = document.querySelector("#results[data-poll]");
  const form = document.getElementById("configuration");
  let edited = false;

  if (!table) {
    return;
  }
  if (form) {
    form.addEventListener("input", function () {
      edited = true;
    });
  }

  function show(result) {
    const row = table.querySelector('[data-command="' + result.number + '"]');
    if (row) {
      const cell = row.querySelector("td");
      cell.textContent = result.told;
      cell.classList.toggle("good", result.good);
    }
  }

  async function look() {
    let finished = false;
    try {
      const answer = await fetch(table.dataset.poll, { credentials: "same-origin" });
      if (answer.ok) {
        const results = (await answer.json()).results;
        results.forEach(show);
        finished = results.every((result) => result.finished);
      }
    } catch (error) {
      // The network is away for a moment: look again.
    }
    if (!finished) {
      window.setTimeout(look, PAUSE_MS);
    } else if (!edited) {
      // The values and the need for a restart are new now.
      window.location.reload();
    }
  }

  window.setTimeout(look, PAUSE_MS / 4);
})();
