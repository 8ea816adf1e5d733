/* How often and how long the scripts of the dashboard work: `window.Pace`. */
window.Pace = (function () {
  "use strict";

  /* Work without a pause at most (ms): a frame has 16. */
  const SLICE_MS = 8;
  /* A page that nobody looks at has no frames: then it goes on after this (ms). */
  const NO_FRAME_MS = 100;

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

  /* Until the next frame is drawn. */
  function frame() {
    return new Promise((resolve) => {
      window.setTimeout(resolve, NO_FRAME_MS);
      window.requestAnimationFrame(() => window.setTimeout(resolve));
    });
  }

  /* Does something with each item, and lets whoever scrolls or types in between. */
  async function inSlices(items, work) {
    let begun = performance.now();
    for (const item of items) {
      if (performance.now() - begun > SLICE_MS) {
        await frame();
        begun = performance.now();
      }
      work(item);
    }
  }

  return { atMost, get, inSlices };
})();
