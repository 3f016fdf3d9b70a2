// Parts of a page that show what changes all the time: each is fetched again after `data-every`
// milliseconds, while someone looks at the page. A response whose body has `data-done` is the last.

import { announce, element, loadPage } from "./dom.js";

const LONGEST_PAUSE_MS = 30_000;

/** Renews each element with `data-part`, the path of its own fragment. */
export function renewParts() {
  document.querySelectorAll("[data-part]").forEach((part) => watch(part));
}

async function watch(part) {
  const every = Number(part.dataset.every) || 2_000;
  let pause = every;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    await visible();
    try {
      const page = await loadPage(part.dataset.part);
      replaceChildren(part, page.body);
      if (page.body.dataset.done !== undefined) {
        return;
      }
      part.classList.remove("stale");
      pause = every;
    } catch (error) {
      // What is shown is old.
      part.classList.add("stale");
      if (error.isFinal) {
        const text = "This page is no longer updated. Reload it.";
        part.before(element("p", { className: "notice warning" }, text));
        announce(text);
        return;
      }
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}

/** Replaces what has changed, so that the focus and open details stay where they are. */
function replaceChildren(part, fresh) {
  const focused = document.activeElement?.id;
  const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  part.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
  open.forEach((id) => part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", ""));
  if (focused && part.querySelector(`#${CSS.escape(focused)}`)) {
    document.getElementById(focused).focus({ preventScroll: true });
  }
}

function visible() {
  if (!document.hidden) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", function shown() {
      if (!document.hidden) {
        document.removeEventListener("visibilitychange", shown);
        resolve();
      }
    });
  });
}
