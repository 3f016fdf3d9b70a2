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

/** Longest time in which a submit is in flight. After it, someone may have stopped the request. */
const IN_FLIGHT_MS = 10_000;

/**
 * Ignores a second submit of a form while the first one is in flight. Not of a form that submits by itself: its second
 * submit has a newer value.
 */
export function enhanceForms() {
  const inFlight = new Set();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "autosubmit" in form.dataset) {
      return;
    }
    if (inFlight.has(form)) {
      event.preventDefault();
      return;
    }
    inFlight.add(form);
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(() => {
      inFlight.delete(form);
      event.submitter?.removeAttribute("aria-disabled");
    }, IN_FLIGHT_MS);
  });
  // A page that comes back from the browser's cache can be submitted again.
  window.addEventListener("pageshow", () => {
    inFlight.clear();
    document.querySelectorAll('[aria-disabled="true"]').forEach((button) => button.removeAttribute("aria-disabled"));
  });
}

/** Submits the fields of the form that `data-include` names, too, so that the response can show them again. */
export function includeOtherForms() {
  document.querySelectorAll("form[data-include]").forEach((form) => {
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of new FormData(document.getElementById(form.dataset.include))) {
        if (!formData.has(name)) {
          formData.append(name, value);
        }
      }
    });
  });
}
