/* Forms of commands: rows are added in place, secret values are hidden while they are typed, and
a form is sent only once. Without this script the server does the first two. */
(function () {
  "use strict";

  function addRow(rows) {
    const body = rows.querySelector("tbody");
    const last = body.lastElementChild;
    const number = body.children.length;
    if (number >= Number(rows.dataset.most)) {
      return;
    }
    const row = last.cloneNode(true);
    row.querySelectorAll("[name]").forEach((cell) => {
      cell.name = cell.name.replace(/-\d+-(\w+)$/, `-${number}-$1`);
      cell.id = "";
      cell.value = "";
      const label = cell.getAttribute("aria-label") || "";
      cell.setAttribute("aria-label", label.replace(/\d+$/, String(number + 1)));
    });
    body.appendChild(row);
    row.querySelector("[name]").focus();
  }

  /* The same test as `redaction.is_secret`: letters and digits count, their case does not. */
  function isSecret(key, parts) {
    const folded = key.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
    return parts.some((part) => folded.includes(part));
  }

  function hide(value) {
    const key = document.getElementById(value.dataset.secretBeside);
    const parts = value.dataset.secretParts.split(" ");
    if (key) {
      const update = () => {
        const secret = isSecret(key.value, parts);
        value.type = secret ? "password" : "text";
        value.autocomplete = secret ? "new-password" : "off";
      };
      key.addEventListener("input", update);
      update();
    }
  }

  document.querySelectorAll("[data-add-row]").forEach((button) => {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      addRow(button.closest(".rows"));
    });
  });
  document.querySelectorAll("[data-secret-beside]").forEach(hide);
  document.querySelectorAll("form.command-form").forEach((form) => {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) {
        event.preventDefault();
      }
      sent = true;
    });
    /* Back from the next page, it may be sent again. */
    window.addEventListener("pageshow", () => {
      sent = false;
    });
  });
})();
