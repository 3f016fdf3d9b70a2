// The entry: what makes pages more comfortable. Every page works without it.

import { enhanceSteppers, enhanceAutosubmit } from "./stepper.js";
import { enhanceCarriers, enhanceForms, focusErrorSummary } from "./forms.js";
import { enhanceAddToCart } from "./cart.js";
import { enhanceSuggestions } from "./suggestions.js";
import { followOrder } from "./live-order.js";

document.documentElement.classList.add("enhanced");
focusErrorSummary();
enhanceForms();
enhanceCarriers();
enhanceSteppers();
enhanceAutosubmit();
enhanceAddToCart();
enhanceSuggestions();
followOrder();
