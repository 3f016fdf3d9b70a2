// "Add to cart" without leaving the page.

import { announce, loadPage, takeFrom } from "./dom.js";

const SHOWN_MS = 2_500;

/** Sends `form[data-add-to-cart]` in the background and takes the cart's count from the answered page. */
export function enhanceAddToCart() {
  document.querySelectorAll("form[data-add-to-cart]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      add(form, event.submitter ?? form.querySelector("[type=submit]"));
    });
  });
}

async function add(form, button) {
  if (button.getAttribute("aria-disabled") === "true") {
    return;
  }
  button.setAttribute("aria-disabled", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const page = await loadPage(form.action, body);
    takeFrom(page, "#cart-link");
    confirm(button);
  } catch (error) {
    if (error.isRefused) {
      // The page of the answer explains what went wrong.
      form.submit();
    } else {
      // It may be in the cart: a second request could add it twice.
      location.assign("/cart");
    }
  }
}

function confirm(button) {
  const label = button.textContent;
  button.textContent = "Added to the cart";
  announce("Added to the cart");
  setTimeout(() => {
    button.textContent = label;
    button.removeAttribute("aria-disabled");
    announce("");
  }, SHOWN_MS);
}
