// The page of an order follows the order: each event of the stream renews the parts of the page
// that depend on the order's state. The server draws them, so that there is one place for words.
//
// The stream is read with `fetch`: an `EventSource` needs the name of every event, and hides the
// status that ends the connection (204: the order has ended; 429: too many streams).

import { announce, loadPage, takeFrom } from "./dom.js";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const TOGETHER_MS = 150;

/** Follows the order of this page, if it shows one that can still change. */
export function followOrder() {
  const url = document.querySelector("[data-live]")?.dataset.live;
  if (!url) {
    return;
  }
  let connection = new AbortController();
  follow(url, connection.signal);
  window.addEventListener("pagehide", () => connection.abort());
  window.addEventListener("pageshow", (event) => {
    // The page comes back from the browser's cache: it shows an old state.
    if (event.persisted) {
      connection = new AbortController();
      renewSoon();
      follow(url, connection.signal);
    }
  });
}

async function follow(url, signal) {
  const state = { lastId: "", ended: false, wasAnswered: false, retry: FIRST_RETRY_MS };
  while (!state.ended && !signal.aborted) {
    try {
      await readStream(url, signal, state);
    } catch {
      // The connection is lost; the next one continues after the last event.
    }
    if (!state.ended && !signal.aborted) {
      await pause(state.retry * (0.5 + Math.random() / 2));
      state.retry = Math.min(state.retry * 2, LONGEST_RETRY_MS);
    }
  }
}

async function readStream(url, signal, state) {
  const headers = { Accept: "text/event-stream" };
  if (state.lastId) {
    headers["Last-Event-ID"] = state.lastId;
  }
  // A redirect, such as to the sign-in after the session has ended, is no stream.
  const answer = await fetch(url, { headers, signal, cache: "no-store", redirect: "manual" });
  const isTemporary = answer.status === 429 || answer.status >= 500;
  if (!state.wasAnswered && !isTemporary) {
    // The order may have changed between the state that the page shows and the position where the stream begins.
    state.wasAnswered = true;
    renewSoon();
  }
  if (answer.status !== 200) {
    state.ended = !isTemporary;
    return;
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!state.ended) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    blocks.forEach((block) => receive(block, state));
  }
  await reader.cancel();
}

/** One event of the stream, or a comment that keeps the connection open. */
function receive(block, state) {
  state.retry = FIRST_RETRY_MS;
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) {
      state.lastId = line.slice("id: ".length);
      renewSoon();
    } else if (line === "event: end") {
      state.ended = true;
      renewSoon();
    }
  }
}

let timer = 0;

/** Several events that arrive together renew the page once. It tries again while the server does not answer. */
function renewSoon(delay = TOGETHER_MS) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    try {
      await renew();
    } catch (error) {
      if (!error.isFinal) {
        renewSoon(Math.min(Math.max(delay * 2, FIRST_RETRY_MS), LONGEST_RETRY_MS));
      }
    }
  }, delay);
}

async function renew() {
  const page = await loadPage(location.pathname);
  const headline = () => document.querySelector("[data-live-part=headline] h2")?.textContent;
  const before = headline();
  for (const part of document.querySelectorAll("[data-live-part]")) {
    if (isInUse(part)) {
      continue;
    }
    takeFrom(page, `[data-live-part="${CSS.escape(part.dataset.livePart)}"]`);
  }
  if (headline() !== before) {
    announce(headline());
  }
}

/** Whether someone types there: what they typed must not be lost. */
function isInUse(part) {
  const fields = [...part.querySelectorAll("input:not([type=hidden])")];
  return part.contains(document.activeElement) && fields.includes(document.activeElement)
    || fields.some((field) => field.value !== field.defaultValue);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
