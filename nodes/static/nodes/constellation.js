/* The page of the constellation: a map of the nodes that have a place, and a table that is replaced
while it is open. Without scripts the table is there all the same. */
(function () {
  "use strict";

  const EVERY_MS = 10000;
  const MONTERREY = [25.6866, -100.3161];
  const SIZE = 22;

  function draw(box) {
    const map = L.map(box).setView(MONTERREY, 6);
    const markers = new Map();
    let fitted = false;
    map.attributionControl.setPrefix(false);
    L.tileLayer("https://tile.openstreetmap.org/{z}/{x}/{y}.png", {
      maxZoom: 19,
      attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
      referrerPolicy: "strict-origin-when-cross-origin",
    }).addTo(map);

    return function (nodes) {
      const there = new Set(nodes.map((node) => node.id));
      markers.forEach((marker, id) => {
        if (!there.has(id)) {
          marker.remove();
          markers.delete(id);
        }
      });
      nodes.forEach((node) => {
        let marker = markers.get(node.id);
        if (!marker) {
          marker = L.marker(node.place).addTo(map).bindPopup("");
          markers.set(node.id, marker);
        }
        const words = `${node.hostname}: ${node.word}`;
        const told = document.createElement("span");
        told.textContent = words;
        marker.setLatLng(node.place).setPopupContent(told);
        marker.setIcon(
          L.divIcon({ html: "", className: `node-pin node-state ${node.state}`, iconSize: [SIZE, SIZE] })
        );
        marker.options.title = words;
        const element = marker.getElement();
        element.title = words;
        element.setAttribute("aria-label", words);
      });
      if (!fitted && nodes.length) {
        fitted = true;
        const bounds = L.latLngBounds(nodes.map((node) => node.place));
        map.fitBounds(bounds, { padding: [30, 30], maxZoom: 12, animate: false });
      }
    };
  }

  function start() {
    const table = document.getElementById("nodes");
    const box = document.getElementById("node-map");
    const note = document.getElementById("nodes-stale");
    if (!table) {
      return;
    }
    const put = box && window.L ? draw(box) : null;

    async function look() {
      if (!document.hidden) {
        try {
          const answer = await window.fetch(table.dataset.src);
          if (!answer.ok || answer.redirected) {
            throw new Error(String(answer.status));
          }
          const told = await answer.json();
          if (table.dataset.told !== told.rows) {
            table.dataset.told = told.rows;
            table.innerHTML = told.rows;
          }
          if (put) {
            put(told.nodes);
          }
          note.hidden = true;
        } catch (error) {
          note.hidden = false;
        }
      }
      window.setTimeout(look, EVERY_MS);
    }
    look();
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
