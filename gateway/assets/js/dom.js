// Building nodes, and pages as documents. Nothing here parses markup from a string, so that
// `require-trusted-types-for 'script'` holds.

/** A new element with properties of the DOM (`className`), attributes (`aria-…`, `role`) and children. */
export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) {
      node[key] = value;
    } else {
      node.setAttribute(key, value);
    }
  }
  node.append(...children);
  return node;
}

/** An icon of the style sheet. */
export function icon(name) {
  return element("span", { className: `icon icon-${name}`, "aria-hidden": "true" });
}

/** Text for screen readers. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) {
    announcer.textContent = text;
  }
}

/**
 * Loads a page of this shop; resolves with the document, rejects unless the answer is a 200 in HTML. A page that leads
 * elsewhere, such as to the sign-in after the session has ended, is rejected too.
 */
export function loadPage(url, body = null) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(body ? "POST" : "GET", url);
    request.responseType = "document";
    request.timeout = 10_000;
    request.onload = () => {
      const isSamePage = new URL(request.responseURL).pathname === new URL(url, location.href).pathname;
      if (request.status === 200 && request.response && (body || isSamePage)) {
        resolve(request.response);
      } else {
        reject(new Error(`status ${request.status}`));
      }
    };
    request.onerror = () => reject(new Error("no answer"));
    request.ontimeout = () => reject(new Error("no answer in time"));
    request.send(body);
  });
}

/** Replaces the element that `selector` finds by the one of another page, if both have it. */
export function takeFrom(page, selector) {
  const old = document.querySelector(selector);
  const fresh = page.querySelector(selector);
  if (old && fresh && !old.isEqualNode(fresh)) {
    old.replaceWith(document.adoptNode(fresh));
  }
}
