// The entry of the console. Every page works without it.

import { enhanceForms, focusErrorSummary } from "./forms.js";
import { followOrder } from "./live-order.js";
import { renewParts } from "./live-part.js";

document.documentElement.classList.add("enhanced");
focusErrorSummary();
enhanceForms();
followOrder();
renewParts();
