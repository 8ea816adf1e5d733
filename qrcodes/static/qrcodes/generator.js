/* The code follows what is typed. What the server says of it replaces the parts marked data-live;
   without this script the button does the same. */
(function () {
  "use strict";

  const PAUSE_MS = 400;
  const form = document.querySelector("[data-live-form]");
  let timer = 0;
  let asking = null;

  async function follow() {
    const query = new URLSearchParams(new FormData(form));
    if (!query.get("text")) { return; }
    if (asking) { asking.abort(); }
    asking = new AbortController();
    const address = `${location.pathname}?${query}`;
    try {
      const answer = await fetch(address, { signal: asking.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
        if (fresh) { part.replaceChildren(...fresh.childNodes); }
      }
      if (answer.ok) { history.replaceState(null, "", address); }
    } catch (error) {
      // A newer question has taken its place, or the node is out of reach: the button tells that.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) { throw error; }
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(follow, PAUSE_MS);
  });
})();
