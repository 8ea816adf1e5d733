/* The map of the dashboard: a marker for each charger that has a place, with its state. It is there from
the first charger that is given one. */
(function () {
  "use strict";

  const { atMost, get, inSlices } = window.Pace;
  const EVERY_MS = 10000;
  const MONTERREY = [25.6866, -100.3161];
  const PIN = 28;

  function followMap(box) {
    const markers = new Map();
    let map = null;

    /* Once there is something to show: a map in a hidden box has no size. */
    function draw() {
      map = L.map(box).setView(MONTERREY, 11);
      map.attributionControl.setPrefix(false);
      if (box.dataset.tiles) {
        L.tileLayer(box.dataset.tiles, {
          maxZoom: 19,
          attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
          referrerPolicy: "strict-origin-when-cross-origin",
        }).addTo(map);
      }
    }

    /* The map while a charger has a place, and the buttons of the rows that lead to it. */
    function showWhether(some) {
      box.hidden = !some;
      document.body.classList.toggle("map-shown", some);
      if (some && !map) {
        draw();
      }
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
      showWhether(there.size > 0);
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
      await inSlices(told.chargers, put);
    }

    function show(pk) {
      const one = markers.get(pk);
      if (one) {
        const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
        box.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
        map.setView(one.marker.getLatLng(), Math.max(map.getZoom(), 15), { animate: !calm });
        one.marker.openPopup();
        box.focus({ preventScroll: true });
      }
    }

    if (!box.hidden) {
      showWhether(true);
    }
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-on-map]");
      if (button) {
        show(Number(button.dataset.onMap));
      }
    });
    const ask = atMost(EVERY_MS, load);
    document.addEventListener("live:changed", ask);
    ask();
  }

  function start() {
    const box = document.getElementById("network-map");
    if (box && window.L) {
      followMap(box);
    }
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
