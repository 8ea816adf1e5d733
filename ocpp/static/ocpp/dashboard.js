/* The dashboard moves by itself: rows of chargers that have changed are replaced one by one, and so are
the markers on the map. `live.js` says what has changed. */
(function () {
  "use strict";

  const EVERY_MS = 1000;
  const MAP_EVERY_MS = 10000;
  const MONTERREY = [25.6866, -100.3161];
  const PIN = 28;

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

  function followTable(table) {
    const changed = new Set();

    const ask = atMost(EVERY_MS, async () => {
      const rows = Array.from(table.querySelectorAll("tr[data-live-charger]")).filter(
        (row) => changed.has("*") || changed.has(row.dataset.liveCharger)
      );
      const asked = Array.from(changed);
      changed.clear();
      if (!rows.length) {
        return;
      }
      const address = new URL(table.dataset.rows, window.location.href);
      address.searchParams.set("pk", rows.map((row) => row.id.replace("charger-", "")).join(","));
      try {
        const box = document.createElement("template");
        box.innerHTML = await (await get(address)).text();
        Array.from(box.content.querySelectorAll("tr[id]")).forEach(replace);
      } catch (error) {
        asked.forEach((id) => changed.add(id));
        throw error;
      }
    });

    document.addEventListener("live:changed", (event) => {
      event.detail.forEach((id) => changed.add(id));
      ask();
    });
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
    L.tileLayer("https://tile.openstreetmap.org/{z}/{x}/{y}.png", {
      maxZoom: 19,
      attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
      referrerPolicy: "strict-origin-when-cross-origin",
    }).addTo(map);

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
      const marker = known ? known.marker : L.marker(charger.place).addTo(map).bindPopup("");
      marker.setLatLng(charger.place).setIcon(icon(charger)).setPopupContent(() => popup(charger));
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
      told.chargers.forEach(put);
      if (first && told.chargers.length) {
        first = false;
        map.fitBounds(L.latLngBounds(told.chargers.map((charger) => charger.place)), {
          padding: [30, 30],
          maxZoom: 15,
          animate: false,
        });
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
