// The entry: what makes pages more comfortable. Every page works without it.

import { enhanceSteppers, enhanceAutosubmit } from "./stepper.js";
import { enhanceForms, focusErrorSummary, includeOtherForms } from "./forms.js";
import { enhanceAddToCart } from "./cart.js";
import { enhanceSuggestions } from "./suggestions.js";
import { followOrder } from "./live-order.js";

document.documentElement.classList.add("enhanced");
focusErrorSummary();
enhanceForms();
includeOtherForms();
enhanceSteppers();
enhanceAutosubmit();
enhanceAddToCart();
enhanceSuggestions();
followOrder();
