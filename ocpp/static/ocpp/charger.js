/* The page of a charger: commands are asked about before they are sent; plots are zoomed by dragging
over them, and read out under the pointer. Without it links lead to the same: a range is a page of
its own, and a command has its form in the admin. */
(function () {
  "use strict";

  /* --- commands --------------------------------------------------------------------------- */

  function commands() {
    const dialog = document.getElementById("confirm");
    if (!dialog || !dialog.showModal) {
      return;
    }
    const form = dialog.querySelector("form");
    const number = form.querySelector("[data-number]");

    document.addEventListener("click", (event) => {
      const link = event.target.closest("[data-deed]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) {
        return;
      }
      event.preventDefault();
      form.elements.deed.value = link.dataset.deed;
      number.disabled = !link.dataset.numberName;
      number.name = link.dataset.numberName || "";
      number.value = link.dataset.numberValue || "";
      document.getElementById("confirm-words").textContent = link.dataset.words;
      document.getElementById("confirm-warning").textContent = link.dataset.warning;
      if (link.dataset.warning) {
        dialog.showModal();
      } else {
        form.submit();
      }
    });
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  }

  /* --- plots ------------------------------------------------------------------------------ */

  const SHORTEST_S = 300;
  let asked = 0;

  /* Show another stretch of time: as the page would, but without loading it again. */
  async function choose(part, query) {
    const source = new URL(part.dataset.source, window.location.href);
    source.search = query;
    const turn = ++asked;
    try {
      const answer = await fetch(source, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) {
        throw new Error(String(answer.status));
      }
      const html = await answer.text();
      if (turn !== asked) {
        return;
      }
      part.dataset.liveSrc = source.pathname + source.search;
      const focused = part.contains(document.activeElement) && document.activeElement;
      const label = focused && (focused.getAttribute("aria-label") || focused.textContent);
      part.innerHTML = html;
      const links = Array.from(part.querySelectorAll("a[data-range]"));
      const same = links.find((one) => (one.getAttribute("aria-label") || one.textContent) === label);
      if (same) {
        same.focus();
      }
      window.history.replaceState(null, "", `?${query}#plots`);
    } catch (error) {
      window.location.assign(`?${query}#plots`);
    }
  }

  function frame(svg) {
    const names = ["begin", "length", "left", "right", "top", "bottom"];
    return Object.fromEntries(names.map((name) => [name, Number(svg.dataset[name])]));
  }

  /* Where the pointer is, in the units of the drawing, within the plot. */
  function place(svg, event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    const { left, right } = frame(svg);
    return Math.min(Math.max(point.matrixTransform(svg.getScreenCTM().inverse()).x, left), right);
  }

  function second(svg, x) {
    const { left, right, length } = frame(svg);
    return ((x - left) / (right - left)) * length;
  }

  function shape(svg, kind, name, values) {
    let element = svg.querySelector(`.${name}`);
    if (!element) {
      element = document.createElementNS("http://www.w3.org/2000/svg", kind);
      element.setAttribute("class", name);
      svg.append(element);
    }
    Object.entries(values).forEach(([key, value]) => element.setAttribute(key, value));
  }

  function remove(svg, name) {
    svg.querySelectorAll(`.${name}`).forEach((one) => one.remove());
  }

  function nearest(group, at) {
    let best = null;
    group.dataset.values.split(" ").forEach((pair) => {
      const [time, value] = pair.split(":").map(Number);
      if (!best || Math.abs(time - at) < Math.abs(best.time - at)) {
        best = { time, value };
      }
    });
    return best;
  }

  function read(svg, x, readout) {
    const { begin, top, bottom, length } = frame(svg);
    const at = second(svg, x);
    shape(svg, "line", "plot-cursor", { x1: x, x2: x, y1: top, y2: bottom });
    const page = document.documentElement.lang;
    const language = page === "es" ? "es-MX" : page; // numbers as the server writes them
    const form = length > 86400 ? { dateStyle: "short", timeStyle: "short" } : { timeStyle: "medium" };
    const time = new Date((begin + at) * 1000).toLocaleString(language, form);
    const values = Array.from(svg.querySelectorAll("[data-values]")).map((group) => {
      const found = nearest(group, at);
      const number = found.value.toLocaleString(language, { maximumFractionDigits: 3 });
      return `${group.dataset.label} ${number} ${group.dataset.unit}`.trim();
    });
    readout.textContent = [time, ...values].join(" · ");
  }

  function plots() {
    const part = document.getElementById("plots");
    if (!part) {
      return;
    }
    let from = null;
    let name = "";
    // The part may be made anew while somebody drags over it.
    const dragged = () => name && part.querySelector(`.plot-zoom[aria-labelledby="${name}"]`);
    const readout = () => part.querySelector(".plot-readout");

    part.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-range]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        choose(part, link.dataset.range);
      }
    });
    part.addEventListener("pointerdown", (event) => {
      const found = event.target.closest(".plot-zoom");
      if (found && event.button === 0) {
        name = found.getAttribute("aria-labelledby");
        from = place(found, event);
        event.preventDefault();
      }
    });
    part.addEventListener("pointermove", (event) => {
      const over = event.target.closest(".plot-zoom");
      if (over) {
        read(over, place(over, event), readout());
      }
      const svg = dragged();
      if (svg) {
        const to = place(svg, event);
        const { top, bottom } = frame(svg);
        const box = { x: Math.min(from, to), y: top, width: Math.abs(to - from), height: bottom - top };
        shape(svg, "rect", "plot-chosen", box);
      }
    });
    window.addEventListener("pointerup", (event) => {
      const svg = dragged();
      name = "";
      if (svg) {
        const { begin } = frame(svg);
        const ends = [second(svg, from), second(svg, place(svg, event))].sort((a, b) => a - b);
        remove(svg, "plot-chosen");
        if (ends[1] - ends[0] >= SHORTEST_S / 5) {
          const [first, last] = ends.map((one) => Math.round(begin + one));
          choose(part, `from=${first}&to=${last}`);
        }
      }
    });
    part.addEventListener("pointerleave", () => {
      part.querySelectorAll(".plot-zoom").forEach((one) => remove(one, "plot-cursor"));
      readout().textContent = readout().dataset.hint;
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    commands();
    plots();
  });
})();
