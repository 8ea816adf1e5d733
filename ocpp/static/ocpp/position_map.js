/* The map of a charger's form: dragging the marker or clicking sets the position, and typing the
numbers moves the marker. Without tiles it works just the same, on an empty grid. */
(function () {
  "use strict";

  const MONTERREY = [25.6866, -100.3161];
  const DIGITS = 6;

  function start() {
    const box = document.getElementById("charger-map");
    if (!box || !window.L) {
      return;
    }
    const latitude = document.getElementById("id_latitude");
    const longitude = document.getElementById("id_longitude");
    const editable = Boolean(latitude && longitude);

    function position() {
      const texts = editable
        ? [latitude.value, longitude.value]
        : [box.dataset.latitude, box.dataset.longitude];
      const numbers = texts.map(Number);
      const usable =
        texts.every((text) => text.trim() !== "") &&
        numbers.every(Number.isFinite) &&
        Math.abs(numbers[0]) <= 90 &&
        Math.abs(numbers[1]) <= 180;
      return usable ? numbers : null;
    }

    const known = position();
    const map = L.map(box).setView(known || MONTERREY, known ? 16 : 12);
    map.attributionControl.setPrefix(false);
    if (box.dataset.tiles) {
      L.tileLayer(box.dataset.tiles, {
        maxZoom: 19,
        attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
        referrerPolicy: "strict-origin-when-cross-origin",
      }).addTo(map);
    }

    const marker = L.marker(known || MONTERREY, {
      icon: L.icon({
        iconUrl: box.dataset.icon,
        iconRetinaUrl: box.dataset.icon2x,
        shadowUrl: box.dataset.shadow,
        iconSize: [25, 41],
        iconAnchor: [12, 41],
        shadowSize: [41, 41],
      }),
      alt: box.dataset.label,
      title: box.dataset.label,
      draggable: editable,
      opacity: known ? 1 : 0.6, // not placed yet
    });
    if (known || editable) {
      marker.addTo(map);
    }
    if (!editable) {
      return;
    }

    function set(point) {
      const place = point.wrap();
      latitude.value = place.lat.toFixed(DIGITS);
      longitude.value = place.lng.toFixed(DIGITS);
      marker.setLatLng(place).setOpacity(1);
    }

    function typed() {
      const place = position();
      marker.setOpacity(place ? 1 : 0.6);
      if (place) {
        marker.setLatLng(place);
        map.panTo(place);
      }
    }

    map.on("click", (event) => set(event.latlng));
    marker.on("dragend", () => set(marker.getLatLng()));
    latitude.addEventListener("change", typed);
    longitude.addEventListener("change", typed);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
