// A button that says what is chosen, and opens a list to choose from. The list is fetched when it is first opened.

import { addStyle, element, onFirstPress, POPUPS } from "../dom.js";
import { clip } from "../model/names.js";

const TITLE_LIMIT = 160;

export class Picker {
  #value = element("bdi", {});

  /**
   * @param {string} id Of the list.
   * @param {string} label
   * @param {(picker: Picker) => Promise<HTMLElement>} fetch The list.
   */
  constructor(id, label, fetch) {
    this.id = id;
    this.label = label;
    this.button = element(
      "button",
      { type: "button", "aria-haspopup": "listbox", "aria-expanded": "false", popovertarget: id },
      element("span", { class: "caption" }, label),
      this.#value,
    );
    this.element = element("div", { class: "picker" }, this.button);
    onFirstPress(this.button, async () => {
      const [list] = await Promise.all([fetch(this), addStyle(POPUPS)]);
      this.element.append(list);
      list.showPopover();
    });
  }

  /** What the button says is chosen. @param {string} text */
  show(text) {
    const shown = clip(text, TITLE_LIMIT);
    if (this.#value.textContent !== shown) this.#value.textContent = shown;
  }
}
