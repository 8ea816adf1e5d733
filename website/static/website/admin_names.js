/* Names for what Django's admin leaves without: fields of tables, dates and times, choices with a
   search, the search itself. A screen reader says them; nothing is seen of it. */
(function () {
  "use strict";

  const REACHED = "a[href], input:not([type=hidden]), select, textarea, button";

  function words(element) {
    return element ? element.textContent.replace(/\s+/g, " ").trim() : "";
  }

  function named(field) {
    return (
      field.hasAttribute("aria-label") ||
      field.hasAttribute("aria-labelledby") ||
      (field.labels && Array.from(field.labels).some((label) => words(label)))
    );
  }

  /* The head of its column, of a cell in a table of rows. */
  function column(field) {
    const cell = field.closest("td");
    const table = cell && cell.closest("table");
    if (!table || !table.tHead) {
      return "";
    }
    const cells = Array.from(cell.parentElement.cells);
    return words(table.tHead.rows[0].cells[cells.indexOf(cell)]);
  }

  function row(field) {
    const place = field.closest(".form-row, .fieldBox");
    return place ? words(place.querySelector("label, legend")).replace(/:$/, "") : "";
  }

  function name(field) {
    if (field.type === "hidden" || named(field)) {
      return;
    }
    const picture = field.labels && field.labels[0] && field.labels[0].querySelector("img[alt]");
    const found = (picture && picture.alt) || column(field) || row(field);
    if (found) {
      field.setAttribute("aria-label", found);
    }
  }

  function choice(box) {
    const select = box.closest(".select2") && box.closest(".select2").previousElementSibling;
    if (!select) {
      return;
    }
    const label = select.labels && words(select.labels[0]).replace(/:$/, "");
    const found = label || select.getAttribute("aria-label") || column(select) || row(select);
    if (found) {
      box.setAttribute("aria-label", found);
    }
  }

  function all() {
    document
      .querySelectorAll("#content input, #content select, #content textarea")
      .forEach(name);
    document.querySelectorAll(".select2-selection, .select2-selection__rendered").forEach(choice);
    document.querySelectorAll("span.help-tooltip[aria-label]").forEach((tip) => {
      tip.setAttribute("role", "img");
    });
    document.querySelectorAll("fieldset.module, .results, .tabular").forEach((box) => {
      const inside = Array.from(box.querySelectorAll(REACHED));
      if (box.scrollWidth > box.clientWidth && !inside.some((one) => one.checkVisibility())) {
        box.tabIndex = 0; // what can be scrolled can be reached with the keyboard
      }
    });
  }

  let waiting = false;

  /* Choices are made into theirs, and rows are added, by scripts that run after this one. */
  function soon() {
    if (!waiting) {
      waiting = true;
      window.setTimeout(() => {
        waiting = false;
        all();
      });
    }
  }

  all();
  window.addEventListener("load", soon);
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
})();
