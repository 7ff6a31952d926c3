// The box that narrows the tree to names which contain a text.

import { element } from "../dom.js";
import * as texts from "../texts.js";

/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class FilterBox {
  /** @param {ViewStore} store */
  constructor(store) {
    this.element = element("input", {
      type: "search",
      class: "filter",
      placeholder: texts.header.filterPlaceholder,
      "aria-label": texts.header.filterLabel,
      autocomplete: "off",
      spellcheck: "false",
    });
    this.element.value = store.view.filter;
    this.element.addEventListener("input", () => store.change("filter", { filter: this.element.value }));
    this.element.addEventListener("keydown", (event) => this.#onKey(event, store));
    store.subscribe(({ filter }) => {
      if (this.element.value !== filter) this.element.value = filter;
    });
  }

  focus() {
    this.element.focus();
    this.element.select();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {ViewStore} store
   */
  #onKey(event, store) {
    if (event.key === "Escape" && store.view.filter !== "") store.change("filter", { filter: "" });
    if (event.key === "Escape" || event.key === "Enter") this.element.blur();
  }
}
