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

/** Why a page was not loaded: `status` is 0 without an answer, `isElsewhere` says that a redirect led to another page. */
class NotLoaded extends Error {
  constructor(status, isElsewhere) {
    super(`status ${status}`);
    this.status = status;
    this.isElsewhere = isElsewhere;
  }

  /** Whether the server refused the request, and would refuse it again. */
  get isRefused() {
    return !this.isElsewhere && this.status >= 400 && this.status < 500 && this.status !== 429;
  }

  /** Whether a later try would end the same. */
  get isFinal() {
    return this.isElsewhere || this.isRefused;
  }
}

/**
 * Loads a page of this shop; resolves with the document, rejects with `NotLoaded` unless the answer is a 200 in HTML. A
 * page that leads elsewhere, such as to the sign-in after the session has ended, is rejected too.
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
        reject(new NotLoaded(request.status, !isSamePage));
      }
    };
    request.onerror = () => reject(new NotLoaded(0, false));
    request.ontimeout = () => reject(new NotLoaded(0, false));
    request.send(body);
  });
}

/** Replaces the element that `selector` finds by the one of another page, if both have it and they differ. */
export function takeFrom(page, selector) {
  const old = document.querySelector(selector);
  const fresh = page.querySelector(selector);
  if (!old || !fresh) {
    return;
  }
  // Each page masks the same form token anew; that is no difference.
  const token = document.querySelector("input[name=form_token]")?.getAttribute("value");
  if (token) {
    fresh.querySelectorAll("input[name=form_token]").forEach((field) => field.setAttribute("value", token));
  }
  if (!old.isEqualNode(fresh)) {
    old.replaceWith(document.adoptNode(fresh));
  }
}
