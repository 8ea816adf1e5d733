/* The dashboard moves by itself: rows of chargers that have changed are replaced one by one, and so are
the markers on the map; chargers come to the page and go from it. `live.js` says what has changed. */
(function () {
  "use strict";

  const EVERY_MS = 1000;
  const LIST_EVERY_MS = 5000;
  const MAP_EVERY_MS = 10000;
  const MONTERREY = [25.6866, -100.3161];
  const PIN = 28;
  const MARKERS_AT_ONCE = 50;

  /* Calls `work` soon after it was asked to, and not more often than every `ms`. */
  function atMost(ms, work) {
    let last = 0;
    let timer = 0;
    let busy = false;
    let again = false;

    async function run() {
      timer = 0;
      last = Date.now();
      busy = true;
      again = false;
      try {
        await work();
      } catch (error) {
        last = Date.now() + 4 * ms; // the node does not answer: later
        again = true;
      }
      busy = false;
      if (again) {
        ask();
      }
    }

    function ask() {
      if (busy) {
        again = true;
      } else if (!timer) {
        timer = window.setTimeout(run, Math.max(0, last + ms - Date.now()));
      }
    }
    return ask;
  }

  async function get(address) {
    const answer = await window.fetch(address);
    if (!answer.ok || answer.redirected) {
      throw new Error(String(answer.status));
    }
    return answer;
  }

  /* --- the table ------------------------------------------------------------------------------ */

  function rowsOf(table) {
    return Array.from(table.querySelectorAll("tr[data-live-charger]"));
  }

  function key(row) {
    return row.id.replace("charger-", "");
  }

  async function load(table, keys) {
    const address = new URL(table.dataset.rows, window.location.href);
    address.searchParams.set("pk", keys.join(","));
    const box = document.createElement("template");
    box.innerHTML = await (await get(address)).text();
    return Array.from(box.content.querySelectorAll("tr[id]"));
  }

  function followTable(table) {
    const changed = new Set();
    /* Chargers that have changed and have no row here; and those of which it is known that they stand
       on another page. With a filter any change may bring one here. */
    const strangers = new Set();
    const elsewhere = new Set();
    const filtered = "filtered" in table.dataset;

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
        fresh.filter((row) => !changed.has(row.dataset.liveCharger)).forEach(replace);
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
        arrange(table, told.keys, missing.length ? await load(table, missing) : []);
        showPages(table, told.pages);
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
  }

  /* Puts new rows where they belong and takes away those that do not stand here any more. Rows that
     stay are not touched, so the keyboard stays with them. */
  function arrange(table, keys, fresh) {
    const rows = new Map(rowsOf(table).concat(fresh).map((row) => [key(row), row]));
    const wanted = new Set(keys.map(String));
    rowsOf(table).forEach((row) => wanted.has(key(row)) || leave(table, row));
    fresh.forEach((row) => {
      showButtons(row);
      row.classList.add("live-moved");
    });
    let place = table.tBodies[0].firstElementChild;
    keys.map(String).forEach((one) => {
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

  function replace(fresh) {
    const old = document.getElementById(fresh.id);
    showButtons(fresh);
    if (!old || old.outerHTML.replace(" live-moved", "").replace(' class="live-moved"', "") === fresh.outerHTML) {
      return;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const places = Array.from(old.querySelectorAll("a, button"));
    fresh.classList.add("live-moved");
    old.replaceWith(fresh);
    if (focused) {
      const same = fresh.querySelectorAll("a, button")[places.indexOf(focused)];
      if (same) {
        same.focus({ preventScroll: true });
      }
    }
  }

  /* --- the map -------------------------------------------------------------------------------- */

  let show = null;

  function showButtons(within) {
    if (show) {
      within.querySelectorAll("[data-on-map]").forEach((button) => {
        button.hidden = false;
      });
    }
  }

  function followMap(box) {
    const markers = new Map();
    const map = L.map(box).setView(MONTERREY, 11);
    map.attributionControl.setPrefix(false);
    if (box.dataset.tiles) {
      L.tileLayer(box.dataset.tiles, {
        maxZoom: 19,
        attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
        referrerPolicy: "strict-origin-when-cross-origin",
      }).addTo(map);
    }

    function popup(charger) {
      const told = document.createElement("div");
      const name = told.appendChild(document.createElement("a"));
      name.href = charger.url;
      name.textContent = charger.name;
      told.appendChild(document.createElement("div")).textContent = charger.word;
      const row = document.getElementById(`charger-${charger.pk}`);
      if (row) {
        const link = told.appendChild(document.createElement("a"));
        link.href = `#${row.id}`;
        link.textContent = box.dataset.rowWord;
      }
      return told;
    }

    function icon(charger) {
      const sign = document.createElement("i");
      sign.className = `bi bi-${charger.icon}`;
      sign.setAttribute("aria-hidden", "true");
      return L.divIcon({
        html: sign,
        className: `pin state state-${charger.tone}`,
        iconSize: [PIN, PIN],
      });
    }

    function put(charger) {
      const told = JSON.stringify(charger);
      const known = markers.get(charger.pk);
      if (known && known.told === told) {
        return;
      }
      const marker = known
        ? known.marker.setLatLng(charger.place).setIcon(icon(charger))
        : L.marker(charger.place, { icon: icon(charger) }).addTo(map).bindPopup("");
      marker.setPopupContent(() => popup(charger));
      const words = `${charger.name}: ${charger.word}`;
      marker.options.title = words;
      const element = marker.getElement();
      element.title = words;
      element.setAttribute("aria-label", words);
      markers.set(charger.pk, { marker, told });
    }

    let first = true;
    async function load() {
      const told = await (await get(box.dataset.src)).json();
      const there = new Set(told.chargers.map((charger) => charger.pk));
      markers.forEach((one, pk) => {
        if (!there.has(pk)) {
          one.marker.remove();
          markers.delete(pk);
        }
      });
      if (first && told.chargers.length) {
        first = false;
        map.fitBounds(L.latLngBounds(told.chargers.map((charger) => charger.place)), {
          padding: [30, 30],
          maxZoom: 15,
          animate: false,
        });
      }
      // A thousand at once would hold up whoever scrolls or types.
      for (let begin = 0; begin < told.chargers.length; begin += MARKERS_AT_ONCE) {
        told.chargers.slice(begin, begin + MARKERS_AT_ONCE).forEach(put);
        await new Promise((resolve) => window.setTimeout(resolve));
      }
    }

    show = function (pk) {
      const one = markers.get(pk);
      if (one) {
        const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
        box.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
        map.setView(one.marker.getLatLng(), Math.max(map.getZoom(), 15), { animate: !calm });
        one.marker.openPopup();
        box.focus({ preventScroll: true });
      }
    };
    showButtons(document);
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-on-map]");
      if (button) {
        show(Number(button.dataset.onMap));
      }
    });
    const ask = atMost(MAP_EVERY_MS, load);
    document.addEventListener("live:changed", ask);
    ask();
  }

  function start() {
    const box = document.getElementById("network-map");
    if (box && window.L) {
      followMap(box);
    }
    document.querySelectorAll("table[data-rows]").forEach(followTable);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
