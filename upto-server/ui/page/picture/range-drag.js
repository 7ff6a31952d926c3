// A drag that chooses a range of time: on the axis, and on the minimap, where one that begins within
// what is looked at moves that instead.

import { capture } from "./capture.js";

/**
 * What is dragged on. Places are in CSS pixels from its left edge.
 * @typedef {object} RangeTarget
 * @property {(x: number) => number | null} time The instant at a place; null while there is nothing.
 * @property {(x: number) => boolean} isWithin Whether a drag that begins there moves what is looked at.
 * @property {(from: number, to: number) => void} choose Two instants, in any order.
 * @property {(by: number) => void} move By how much time.
 * @property {(left: number, right: number) => void} preview While one drags; equal places: no longer.
 */

/** A press that moves less is no drag, in CSS pixels. */
const DRAG_FROM = 4;

export class RangeDrag {
  #element;
  #target;
  /** Where it began and where it was last; null while nothing is dragged. */
  /** @type {{start: number, last: number, moves: boolean} | null} */
  #drag = null;

  /**
   * @param {HTMLElement} element
   * @param {RangeTarget} target
   */
  constructor(element, target) {
    this.#element = element;
    this.#target = target;
    element.addEventListener("pointerdown", (event) => this.#onDown(event));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    element.addEventListener("pointerup", (event) => this.#onUp(event));
    element.addEventListener("pointercancel", () => this.#end());
  }

  /** @param {PointerEvent} event */
  #x(event) {
    return event.clientX - this.#element.getBoundingClientRect().left;
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.button !== 0) return;
    capture(this.#element, event);
    const start = this.#x(event);
    this.#drag = { start, last: start, moves: this.#target.isWithin(start) };
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const x = this.#x(event);
    if (!this.#drag) return;
    if (this.#drag.moves) this.#move(this.#drag.last, x);
    else if (Math.abs(x - this.#drag.start) >= DRAG_FROM) this.#target.preview(this.#drag.start, x);
    this.#drag.last = x;
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  #move(from, to) {
    const before = this.#target.time(from);
    const after = this.#target.time(to);
    if (before !== null && after !== null) this.#target.move(after - before);
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    const drag = this.#drag;
    this.#end();
    if (!drag || drag.moves || Math.abs(this.#x(event) - drag.start) < DRAG_FROM) return;
    const from = this.#target.time(drag.start);
    const to = this.#target.time(this.#x(event));
    if (from !== null && to !== null) this.#target.choose(from, to);
  }

  #end() {
    if (this.#drag) this.#target.preview(0, 0);
    this.#drag = null;
  }
}
