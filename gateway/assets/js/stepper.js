// Number fields with two buttons, and forms that submit when a number changes.

import { element, icon } from "./dom.js";

/** Puts a minus and a plus beside each `input[data-stepper]`. */
export function enhanceSteppers() {
  document.querySelectorAll("input[data-stepper]").forEach(addButtons);
}

function addButtons(input) {
  const minus = stepButton("minus", "One less");
  const plus = stepButton("plus", "One more");
  const box = element("span", { className: "stepper" });
  input.replaceWith(box);
  box.append(minus, input, plus);

  const showLimits = () => {
    minus.disabled = input.min !== "" && Number(input.value) <= Number(input.min);
    plus.disabled = input.max !== "" && Number(input.value) >= Number(input.max);
  };
  const step = (change) => {
    change();
    showLimits();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  minus.addEventListener("click", () => step(() => input.stepDown()));
  plus.addEventListener("click", () => step(() => input.stepUp()));
  input.addEventListener("input", showLimits);
  showLimits();
}

function stepButton(name, label) {
  return element("button", { type: "button", className: "icon-button", "aria-label": label }, icon(name));
}

const SUBMIT_DELAY_MS = 600;

/** Submits `form[data-autosubmit]` a moment after the last change of a valid value, or before the page is left by a link. */
export function enhanceAutosubmit() {
  document.querySelectorAll("form[data-autosubmit]").forEach((form) => {
    let timer = 0;
    const submit = () => {
      timer = 0;
      if (form.reportValidity()) {
        form.requestSubmit();
      }
    };
    form.addEventListener("change", () => {
      clearTimeout(timer);
      timer = setTimeout(submit, SUBMIT_DELAY_MS);
    });
    // Else "Check out" would show the quantity from before.
    document.addEventListener("click", (event) => {
      if (timer && event.target.closest("a[href]")) {
        event.preventDefault();
        clearTimeout(timer);
        submit();
      }
    });
  });
}
