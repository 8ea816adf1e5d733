/* The table of the dashboard moves by itself: cells of chargers that have changed are replaced one by one;
chargers come to the page and go from it. `live.js` says what has changed. */
(function () {
  "use strict";

  const { atMost, get, inSlices } = window.Pace;
  const EVERY_MS = 1000;
  const LIST_EVERY_MS = 5000;

  function rowsOf(table) {
    return Array.from(table.querySelectorAll("tr[data-live-charger]"));
  }

  function key(row) {
    return row.id.replace("charger-", "");
  }

  async function load(table, keys) {
    const address = new URL(table.dataset.rows, window.location.href);
    address.searchParams.set("pk", keys.join(","));
    const html = await (await get(address)).text();
    const rows = [];
    // A row is a line: what a charger sent holds no "<".
    await inSlices(html.split(/\n(?=<tr )/), (line) => {
      const box = document.createElement("template");
      box.innerHTML = line;
      rows.push(...box.content.querySelectorAll("tr[id]"));
    });
    return rows;
  }

  function followTable(table) {
    const changed = new Set();
    /* Chargers that have changed and have no row here; and those of which it is known that they stand
       on another page. With a filter any change may bring one here. */
    const strangers = new Set();
    const elsewhere = new Set();
    const filtered = "filtered" in table.dataset;
    let incomplete = "toCome" in table.dataset;

    const askRows = atMost(EVERY_MS, async () => {
      const rows = rowsOf(table).filter(
        (row) => changed.has("*") || changed.has(row.dataset.liveCharger)
      );
      const asked = Array.from(changed);
      changed.clear();
      if (!rows.length) {
        return;
      }
      try {
        const fresh = await load(table, rows.map(key));
        const there = new Set(fresh.map((row) => row.id));
        // One on which a button is held down waits: it would never be clicked.
        rows.filter((row) => row.matches(":active")).forEach((row) => {
          changed.add(row.dataset.liveCharger);
        });
        await inSlices(fresh.filter((row) => !changed.has(row.dataset.liveCharger)), replace);
        const gone = rows.filter((row) => !there.has(row.id));
        gone.forEach((row) => leave(table, document.getElementById(row.id)));
        if (gone.length) {
          askList(); // another may take its place
        }
      } catch (error) {
        asked.forEach((id) => changed.add(id));
        throw error;
      }
    });

    const askList = atMost(LIST_EVERY_MS, async () => {
      const asked = Array.from(strangers);
      strangers.clear();
      try {
        const told = await (await get(table.dataset.listed)).json();
        const missing = told.keys.filter((one) => !document.getElementById(`charger-${one}`));
        const fresh = missing.length ? await load(table, missing) : [];
        await arrange(table, told.keys, fresh, !incomplete);
        showPages(table, told.pages);
        if (incomplete) {
          incomplete = false;
          document.querySelectorAll("[data-coming]").forEach((note) => note.remove());
        }
        if (!filtered) {
          asked.forEach((id) => elsewhere.add(id));
          rowsOf(table).forEach((row) => elsewhere.delete(row.dataset.liveCharger));
        }
      } catch (error) {
        asked.forEach((id) => strangers.add(id));
        throw error;
      }
    });

    document.addEventListener("live:changed", (event) => {
      const here = new Set(rowsOf(table).map((row) => row.dataset.liveCharger));
      event.detail.forEach((id) => {
        if (id === "*") {
          elsewhere.clear();
        }
        if (id === "*" || here.has(id)) {
          changed.add(id);
        }
        if (!here.has(id) && !elsewhere.has(id)) {
          strangers.add(id);
        }
      });
      if (changed.size) {
        askRows();
      }
      if (strangers.size) {
        askList();
      }
    });
    if (incomplete) {
      askList();
    }
  }

  /* Puts new rows where they belong and takes away those that do not stand here any more. Rows that
     stay are not touched, so the keyboard stays with them. */
  async function arrange(table, keys, fresh, marked) {
    const rows = new Map(rowsOf(table).concat(fresh).map((row) => [key(row), row]));
    const wanted = new Set(keys.map(String));
    rowsOf(table).forEach((row) => wanted.has(key(row)) || leave(table, row));
    fresh.forEach((row) => row.classList.toggle("live-moved", marked));
    let place = table.tBodies[0].firstElementChild;
    await inSlices(keys.map(String), (one) => {
      const row = rows.get(one);
      if (row && row === place) {
        place = place.nextElementSibling;
      } else if (row) {
        table.tBodies[0].insertBefore(row, place);
      }
    });
    showWhether(table);
  }

  function leave(table, row) {
    if (!row) {
      return;
    }
    const focused = row.contains(document.activeElement);
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    showWhether(table);
    if (focused) {
      const place = next ? next.querySelector("a, button") : document.getElementById("q");
      place.focus({ preventScroll: true });
    }
  }

  /* The table, or the words that there is nothing. */
  function showWhether(table) {
    const some = rowsOf(table).length > 0;
    table.closest("[data-some]").hidden = !some;
    document.querySelector("[data-none]").hidden = some;
  }

  function showPages(table, html) {
    const box = table.closest("[data-some]").querySelector("[data-pages]");
    if (box.innerHTML.trim() !== html && !box.contains(document.activeElement)) {
      box.innerHTML = html;
    }
  }

  /* Only cells that say something else are put in place of the old ones. */
  function replace(fresh) {
    const old = document.getElementById(fresh.id);
    if (!old) {
      return;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const places = focused ? Array.from(old.querySelectorAll("a, button")) : [];
    const cells = Array.from(old.cells);
    const moved = Array.from(fresh.cells).filter((cell, number) => {
      const other = cell.innerHTML !== cells[number].innerHTML;
      if (other) {
        cells[number].replaceWith(cell);
      }
      return other;
    });
    if (moved.length) {
      old.classList.remove("live-moved");
      moved.forEach((cell) => cell.classList.add("live-moved"));
    }
    if (focused && !old.contains(document.activeElement)) {
      const same = old.querySelectorAll("a, button")[places.indexOf(focused)];
      if (same) {
        same.focus({ preventScroll: true });
      }
    }
  }

  function start() {
    document.querySelectorAll("table[data-rows]").forEach(followTable);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
