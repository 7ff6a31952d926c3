// The line between names and bars: dragged, or moved with the arrow keys.

import { capture } from "./capture.js";

const LEAST = 120;
/** What stays for the bars, in CSS pixels. */
const BARS_LEAST = 120;
const KEY_STEP = 20;

export class Splitter {
  #element;
  #onWidth;
  #isDragged = false;

  /**
   * @param {HTMLElement} element
   * @param {(width: number) => void} onWidth Told the width that the names shall have, in CSS pixels.
   */
  constructor(element, onWidth) {
    this.#element = element;
    this.#onWidth = onWidth;
    element.addEventListener("pointerdown", (event) => this.#onDown(event));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    element.addEventListener("pointerup", () => (this.#isDragged = false));
    element.addEventListener("pointercancel", () => (this.#isDragged = false));
    element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get #frame() {
    return frameOf(this.#element);
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    capture(this.#element, event);
    this.#isDragged = true;
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    if (this.#isDragged) this.#set(event.clientX - this.#frame.left);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.code === "ArrowLeft" ? -KEY_STEP : event.code === "ArrowRight" ? KEY_STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.#set(this.#element.getBoundingClientRect().left - this.#frame.left + step);
  }

  /** @param {number} width */
  #set(width) {
    this.#onWidth(Math.round(Math.max(LEAST, Math.min(width, this.#frame.width - BARS_LEAST))));
  }
}

/** Tells assistive technology where the line is. @param {HTMLElement} splitter */
export function tellPlace(splitter) {
  const { left, width } = frameOf(splitter);
  const part = (splitter.getBoundingClientRect().left - left) / Math.max(width, 1);
  splitter.setAttribute("aria-valuenow", String(Math.round(part * 100)));
}

/** What it divides. @param {HTMLElement} splitter */
function frameOf(splitter) {
  return /** @type {HTMLElement} */ (splitter.parentElement).getBoundingClientRect();
}
