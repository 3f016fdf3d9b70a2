// What all forms need: focus on errors, and no second submit by a double click.

/** Moves the focus to the summary of a form's errors, and from its links into the fields. */
export function focusErrorSummary() {
  const summary = document.querySelector(".error-summary");
  if (!summary) {
    return;
  }
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (field) {
      event.preventDefault();
      field.focus();
      field.scrollIntoView({ block: "center" });
    }
  });
}

/** Ignores a second submit of a form while the first one is in flight. */
export function enhanceForms() {
  const inFlight = new Set();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") {
      return;
    }
    if (inFlight.has(form)) {
      event.preventDefault();
      return;
    }
    inFlight.add(form);
    event.submitter?.setAttribute("aria-disabled", "true");
  });
  // A page that comes back from the browser's cache can be submitted again.
  window.addEventListener("pageshow", () => {
    inFlight.clear();
    document.querySelectorAll('[aria-disabled="true"]').forEach((button) => button.removeAttribute("aria-disabled"));
  });
}
