// Search as you type: a combobox with a list (WAI-ARIA, "list autocomplete with manual selection").

import { announce, element } from "./dom.js";

const PAUSE_MS = 150;
const SHORTEST = 2;
const LIST_ID = "site-search-list";

/** Adds a list of products to each `input[data-suggestions]`. */
export function enhanceSuggestions() {
  document.querySelectorAll("input[data-suggestions]").forEach((input) => new Suggestions(input));
}

class Suggestions {
  constructor(input) {
    this.input = input;
    this.list = element("ul", { id: LIST_ID, className: "suggestions", role: "listbox", hidden: true, "aria-label": "Products" });
    this.selected = -1;
    this.timer = 0;
    this.request = null;
    input.after(this.list);
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": LIST_ID };
    for (const [name, value] of Object.entries(attributes)) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.askSoon());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    // The press must not take the focus away, or the list would close before the click.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
  }

  askSoon() {
    clearTimeout(this.timer);
    this.request?.abort();
    const words = this.input.value.trim();
    if (words.length < SHORTEST) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.ask(words), PAUSE_MS);
  }

  async ask(words) {
    this.request = new AbortController();
    try {
      const url = `${this.input.dataset.suggestions}?q=${encodeURIComponent(words)}`;
      const answer = await fetch(url, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (answer.ok) {
        this.show((await answer.json()).items);
      } else {
        this.close();
      }
    } catch {
      // Aborted by the next letter, or no network: the search button still works.
    }
  }

  show(items) {
    if (items.length === 0 || document.activeElement !== this.input) {
      this.close();
      return;
    }
    this.list.replaceChildren(...items.map(option));
    this.select(-1);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    announce(items.length === 1 ? "1 suggestion" : `${items.length} suggestions`);
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.select(-1);
    this.input.setAttribute("aria-expanded", "false");
  }

  select(index) {
    const options = this.list.children;
    this.selected = index;
    [...options].forEach((node, at) => node.setAttribute("aria-selected", String(at === index)));
    if (index >= 0) {
      this.input.setAttribute("aria-activedescendant", options[index].id);
      options[index].scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  onKey(event) {
    if (event.isComposing) {
      return;
    }
    if (this.list.hidden) {
      if (event.key === "ArrowDown") {
        this.askSoon();
      }
      return;
    }
    const count = this.list.children.length;
    if (event.key === "ArrowDown") {
      this.select(this.selected + 1 < count ? this.selected + 1 : -1);
    } else if (event.key === "ArrowUp") {
      this.select(this.selected < 0 ? count - 1 : this.selected - 1);
    } else if (event.key === "Escape") {
      this.close();
    } else if (event.key === "Enter" && this.selected >= 0) {
      this.go(this.list.children[this.selected]);
    } else {
      return;
    }
    event.preventDefault();
  }

  go(node) {
    if (node) {
      location.assign(node.dataset.url);
    }
  }
}

function option(item, index) {
  const node = element("li", { id: `${LIST_ID}-${index}`, role: "option", "aria-selected": "false" });
  node.append(element("span", { textContent: item.name }));
  if (item.hint) {
    node.append(element("span", { className: "hint", textContent: item.hint }));
  }
  // Only paths of this shop.
  node.dataset.url = new URL(item.url, location.origin).pathname;
  return node;
}
