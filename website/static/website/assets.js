/* Takes the copy of this node for each file that the CDN does not give.

Loaded before the files it watches. A CDN that answers with an error is noticed at once; one that
does not answer at all (a network without a way out) after a while. A style sheet that comes twice
does no harm, so little patience is enough; a script would run twice, so it gets more. The cookie has the server
name its own copies at once for an hour, so only the first page waits. */
(function () {
  "use strict";

  const PATIENCE_MS = { LINK: 2500, SCRIPT: 10000 };
  const HOUR_S = 3600;

  function useLocal(element) {
    const copy = element.dataset.local;
    if (!copy) {
      return;
    }
    document.cookie = `assets=local; max-age=${HOUR_S}; path=/; samesite=lax`;
    const own = document.createElement(element.tagName);
    if (element.tagName === "LINK") {
      own.rel = "stylesheet";
      own.href = copy;
    } else {
      own.async = false;
      own.src = copy;
    }
    // Where it stood, so that the order of the styles stays.
    element.replaceWith(own);
  }

  const came = new WeakSet();
  const listen = (name, heard) => document.addEventListener(name, heard, true);
  listen("load", (event) => came.add(event.target));
  // Errors of elements do not bubble: they are caught on the way down.
  listen("error", (event) => {
    if (event.target instanceof Element) {
      useLocal(event.target);
    }
  });
  for (const [tag, patience] of Object.entries(PATIENCE_MS)) {
    window.setTimeout(function () {
      for (const element of document.querySelectorAll(`${tag}[data-local]`)) {
        if (!came.has(element)) {
          useLocal(element);
        }
      }
    }, patience);
  }
})();
