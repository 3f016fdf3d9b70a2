// The page of an order follows the order: each event of the stream renews the parts of the page
// that depend on the order's state. The server draws them, so that there is one place for words.

import { loadPage, takeFrom } from "./dom.js";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const TOGETHER_MS = 150;

/** Follows the order of this page, if it shows one that can still change. */
export function followOrder() {
  const region = document.querySelector("[data-live]");
  if (region?.dataset.live) {
    follow(region.dataset.live);
  }
}

function follow(url) {
  let retry = FIRST_RETRY_MS;
  let timer = 0;

  const renewSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => renew().catch(() => {}), TOGETHER_MS);
  };

  const connect = () => {
    const source = new EventSource(url);
    const received = () => {
      retry = FIRST_RETRY_MS;
      renewSoon();
    };
    source.onmessage = received;
    for (const name of ["progress", "status", "snapshot", "timeline"]) {
      source.addEventListener(name, received);
    }
    source.addEventListener("end", () => {
      source.close();
      renewSoon();
    });
    // The browser reconnects after a lost connection, but neither after an error status nor with a backoff.
    source.onerror = () => {
      source.close();
      setTimeout(connect, retry * (0.5 + Math.random() / 2));
      retry = Math.min(retry * 2, LONGEST_RETRY_MS);
    };
    window.addEventListener("pagehide", () => source.close(), { once: true });
  };
  connect();
}

async function renew() {
  const page = await loadPage(location.pathname);
  for (const part of document.querySelectorAll("[data-live-part]")) {
    takeFrom(page, `[data-live-part="${CSS.escape(part.dataset.livePart)}"]`);
  }
}
