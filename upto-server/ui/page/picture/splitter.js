// The line between names and bars: dragged, or moved with the arrow keys.

import * as texts from "../texts.js";

const LEAST = 120;
/** What stays for the bars, in CSS pixels. */
const BARS_LEAST = 120;
const KEY_STEP = 20;

export class Splitter {
  #element;
  #onWidth;

  /**
   * @param {HTMLElement} element
   * @param {(width: number) => void} onWidth Told the width that the names shall have, in CSS pixels.
   */
  constructor(element, onWidth) {
    this.#element = element;
    this.#onWidth = onWidth;
    element.setAttribute("aria-label", texts.tree.splitter);
    element.addEventListener("pointerdown", (event) => element.setPointerCapture(event.pointerId));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get #place() {
    return this.#element.getBoundingClientRect();
  }

  get #frame() {
    return /** @type {HTMLElement} */ (this.#element.parentElement).getBoundingClientRect();
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    if (this.#element.hasPointerCapture(event.pointerId)) this.#set(event.clientX - this.#frame.left);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.code === "ArrowLeft" ? -KEY_STEP : event.code === "ArrowRight" ? KEY_STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.#set(this.#place.left - this.#frame.left + step);
  }

  /** @param {number} width */
  #set(width) {
    this.#onWidth(Math.round(Math.max(LEAST, Math.min(width, this.#frame.width - BARS_LEAST))));
  }

  /** Tells assistive technology where it is. */
  update() {
    const { left, width } = this.#frame;
    this.#element.setAttribute(
      "aria-valuenow",
      String(Math.round(((this.#place.left - left) / Math.max(width, 1)) * 100)),
    );
  }
}
