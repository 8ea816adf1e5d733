/* Keeps parts of a page up to date.

- `data-live-src="/address/"` with `data-live-charger="CP1"` (several ids with spaces between, or `*`):
  its HTML is asked for again when that charger has changed, at most once in `data-every` ms (1000).
- `data-live="/address/"`: its JSON is asked for again and again (`data-every`, ms), or, with
  `data-live-charger`, when that charger has changed. It says when it is final.
- `data-live-src` with `data-live-own`: the same, when something has changed of the sessions of whoever
  looks, wherever they run. A page has either this or `data-live-charger`.
- `data-again="15000"` beside `data-live-charger`: also after so long (ms) without a change, for what only
  time changes.
- `data-live-charger` alone: for scripts of the page, which hear `live:changed` on the document; its
  detail is a list of ids, or `["*"]` when any may have changed. They dispatch `live:scan` after they
  have put new elements in place.

The server makes and escapes the HTML. One WebSocket tells what has changed; when it is lost the parts
are marked (`data-live-stale`), `data-live-note` elements show, and all of it is asked for again on
return. While the page is hidden nothing is asked for. */
(function () {
  "use strict";

  const ANY = "*";
  const OWN = "own";
  const EVERY_MS = 1000;
  const HIDDEN_MS = 30000;
  /* The server says something each 30 s; when it does not, the network is gone. */
  const SILENCE_MS = 75000;
  const MOST_WATCHED = 1000;
  const LONGEST_PAUSE_MS = 30000;
  const parts = new Map();

  /* What a finger or a mouse holds down: a button that is replaced between press and release is
     never clicked. */
  let pressed = null;
  let socket = null;
  let watched = "";
  let pause = 1000;
  let leaving = 0;
  let silence = 0;

  /* --- one part of the page ----------------------------------------------------------------- */

  function note(element, lost) {
    const one = element.parentElement && element.parentElement.querySelector(".live-lost");
    if (one) {
      one.hidden = !lost;
    }
    element.toggleAttribute("data-live-stale", lost);
  }

  function mark(focused) {
    return focused.id || focused.getAttribute("href") || focused.getAttribute("name");
  }

  /* Replaces what is inside, and keeps the keyboard and what was unfolded where they were. */
  function show(element, html) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const where = focused && focused !== element ? mark(focused) : null;
    const unfolded = new Set(
      Array.from(element.querySelectorAll("details[open][id]"), (one) => one.id)
    );
    element.innerHTML = html;
    element.querySelectorAll("details[id]").forEach((one) => {
      one.open = one.open || unfolded.has(one.id);
    });
    if (where) {
      const same = Array.from(element.querySelectorAll("a[href], button, input, select, summary, [id]"))
        .find((one) => mark(one) === where);
      if (same) {
        same.focus({ preventScroll: true });
      }
    }
    scan();
  }

  class Part {
    constructor(element) {
      this.element = element;
      this.own = "liveOwn" in element.dataset;
      this.moved = this.own || Boolean(element.dataset.liveCharger);
      this.every = Number(element.dataset.every) || (this.moved ? EVERY_MS : 2000);
      this.final = "final" in element.dataset;
      this.have = element.dataset.liveSrc ? element.innerHTML : "";
      this.asked = 0;
      this.failures = 0;
      this.timer = 0;
      this.due = 0;
      /* Asked for after so long without a change; 0: only when it has changed. */
      this.period = this.moved ? Number(element.dataset.again) || 0 : this.every;
      this.busy = false;
      this.wanted = false;
      this.wait();
    }

    concerns(ids) {
      const own = (this.element.dataset.liveCharger || "").split(" ");
      return this.own || ids.includes(ANY) || own.includes(ANY) || own.some((id) => ids.includes(id));
    }

    /* The earliest of what is waited for counts. */
    later(ms) {
      const due = Date.now() + ms;
      if (this.final || (this.timer && this.due <= due)) {
        return;
      }
      window.clearTimeout(this.timer);
      this.due = due;
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        this.ask();
      }, ms);
    }

    wait() {
      if (this.period) {
        this.later(this.period);
      }
    }

    changed() {
      this.wanted = true;
      if (!this.busy && !this.failures) {
        this.later(Math.max(0, this.asked + this.every - Date.now()));
      }
    }

    async ask() {
      if (!this.element.isConnected) {
        parts.delete(this.element);
        return;
      }
      if (document.hidden) {
        this.wait();
        return;
      }
      this.busy = true;
      this.wanted = false;
      this.asked = Date.now();
      try {
        await (this.element.dataset.liveSrc ? this.load() : this.loadJson());
        this.failures = 0;
        note(this.element, !this.period && !isOpen());
      } catch (error) {
        this.failures += 1;
        note(this.element, true);
      }
      this.busy = false;
      if (this.failures) {
        this.later(Math.min(this.every * 2 ** this.failures, LONGEST_PAUSE_MS));
      } else if (this.moved && this.wanted) {
        this.changed();
      } else {
        this.wait();
      }
    }

    async fetch(address, kind) {
      const answer = await window.fetch(address, { headers: { Accept: kind } });
      if (!answer.ok || answer.redirected) {
        throw new Error(String(answer.status));
      }
      return answer;
    }

    async load() {
      const answer = await this.fetch(this.element.dataset.liveSrc, "text/html");
      const html = await answer.text();
      if (this.isPressed()) {
        this.wanted = true; // again, a little later
      } else if (html !== this.have) {
        this.have = html;
        show(this.element, html);
      }
    }

    isPressed() {
      return pressed !== null && this.element.contains(pressed);
    }

    async loadJson() {
      const address = new URL(this.element.dataset.live, window.location.href);
      address.searchParams.set("have", this.have);
      const told = await (await this.fetch(address, "application/json")).json();
      if (this.isPressed()) {
        this.wanted = true;
        return;
      }
      if (told.html !== undefined) {
        show(this.element, told.html);
      }
      this.have = told.digest;
      this.final = Boolean(told.final);
    }
  }

  /* --- the socket --------------------------------------------------------------------------- */

  function isOpen() {
    return socket !== null && socket.readyState === WebSocket.OPEN;
  }

  function lost(yes) {
    document.querySelectorAll("[data-live-note]").forEach((one) => {
      one.hidden = !yes;
    });
    parts.forEach((part, element) => {
      if (!part.period && !part.final) {
        note(element, yes || part.failures > 0);
      }
    });
  }

  function tell(ids) {
    parts.forEach((part) => {
      if (part.moved && part.concerns(ids)) {
        part.changed();
      }
    });
    document.dispatchEvent(new CustomEvent("live:changed", { detail: ids }));
  }

  /* What the page shows now; ANY when some part shows all there is, or when it is too much. */
  function shown() {
    if (document.querySelector("[data-live-own]")) {
      return OWN;
    }
    const ids = new Set();
    document.querySelectorAll("[data-live-charger]").forEach((element) => {
      element.dataset.liveCharger.split(" ").forEach((id) => id && ids.add(id));
    });
    return ids.has(ANY) || ids.size > MOST_WATCHED ? ANY : Array.from(ids).sort();
  }

  function watch() {
    const ids = shown();
    const said = JSON.stringify({ watch: ids });
    if (ids.length && !socket && !document.hidden) {
      connect();
    } else if (isOpen() && said !== watched) {
      watched = said;
      socket.send(said);
    }
  }

  function connect() {
    const address = new URL("/ws/live/", window.location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const mine = new WebSocket(address);
    let greeted = false;
    socket = mine;
    watched = "";
    mine.onopen = watch;
    mine.onmessage = (event) => {
      const told = JSON.parse(event.data);
      window.clearTimeout(silence);
      silence = window.setTimeout(drop, SILENCE_MS);
      if (told.changed) {
        mine.send('{"more": true}');
        if (told.changed.length) {
          tell(told.changed);
        }
      } else if (!greeted) {
        // What has happened since the page was made, or while the socket was lost.
        greeted = true;
        pause = 1000;
        lost(false);
        tell([ANY]);
      }
    };
    mine.onclose = () => {
      if (socket === mine) {
        drop();
      }
    };
  }

  /* The connection is lost, whether its end was told or not. */
  function drop() {
    const mine = socket;
    socket = null;
    window.clearTimeout(silence);
    if (mine) {
      mine.close();
    }
    lost(true);
    // Not all pages at the same moment.
    window.setTimeout(watch, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  function hang_up() {
    if (socket && document.hidden) {
      const mine = socket;
      socket = null;
      window.clearTimeout(silence);
      mine.close();
    }
  }

  /* --- the page ------------------------------------------------------------------------------ */

  function scan() {
    document.querySelectorAll("[data-live], [data-live-src]").forEach((element) => {
      if (!parts.has(element)) {
        parts.set(element, new Part(element));
      }
    });
    parts.forEach((part, element) => {
      if (!element.isConnected) {
        parts.delete(element);
      }
    });
    watch();
  }

  function start() {
    scan();
    document.addEventListener("live:scan", scan);
    document.addEventListener("pointerdown", (event) => {
      pressed = event.target;
    }, true);
    ["pointerup", "pointercancel"].forEach((name) => {
      // The click comes after it.
      document.addEventListener(name, () => window.setTimeout(() => (pressed = null), 100), true);
    });
    window.addEventListener("offline", () => socket && drop());
    window.addEventListener("online", () => {
      pause = 1000;
      watch();
    });
    document.addEventListener("visibilitychange", () => {
      window.clearTimeout(leaving);
      if (document.hidden) {
        leaving = window.setTimeout(hang_up, HIDDEN_MS);
      } else {
        watch();
        parts.forEach((part) => part.wanted && part.changed());
      }
    });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
