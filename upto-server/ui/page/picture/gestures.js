// The pointer on the picture: Ctrl+wheel and pinch zoom, dragging pans, double click fits.

import { capture } from "./capture.js";

/**
 * What gestures do. Places are in CSS pixels, relative to the canvas unless said otherwise.
 * @typedef {object} GestureTarget
 * @property {(factor: number, x: number) => void} zoom A factor above 1 zooms out.
 * @property {(dx: number) => void} pan Moves what is shown to the right.
 * @property {(dy: number) => void} scroll Moves what is shown up.
 * @property {() => void} fit
 * @property {(x: number, y: number) => void} hover In the window.
 * @property {(x: number, y: number, marks: boolean) => void} pick On the canvas; `marks` where the instant is meant.
 * @property {() => void} leave
 */

/** How much one unit of a wheel zooms. */
const WHEEL_ZOOM = 0.0022;
/** Wheels of mice report lines or pages in some browsers, in CSS pixels here. */
const LINE = 18;
const PAGE = 400;
/** The pointer has to move this far before a press becomes a drag. */
const DRAG_FROM = 4;

/**
 * @param {number} delta
 * @param {WheelEvent} event
 */
function wheelPixels(delta, event) {
  if (event.deltaMode === WheelEvent.DOM_DELTA_LINE) return delta * LINE;
  return event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? delta * PAGE : delta;
}

export class Gestures {
  #target;
  #element;
  /** @type {Map<number, {x: number, y: number}>} Where each pressed pointer was last. */
  #pressed = new Map();
  #isDragging = false;

  /**
   * @param {HTMLElement} element
   * @param {GestureTarget} target
   */
  constructor(element, target) {
    this.#element = element;
    this.#target = target;
    element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.#onDown(event));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    element.addEventListener("pointerup", (event) => this.#onUp(event));
    element.addEventListener("pointercancel", (event) => this.#release(event));
    element.addEventListener("pointerleave", (event) => this.#onLeave(event));
    element.addEventListener("dblclick", () => target.fit());
  }

  /** @param {MouseEvent} event */
  #place(event) {
    const { left, top } = this.#element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** A pinch on a touchpad arrives as a wheel with Ctrl. @param {WheelEvent} event */
  #onWheel(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.#target.zoom(Math.exp(wheelPixels(event.deltaY, event) * WHEEL_ZOOM), this.#place(event).x);
      return;
    }
    const across = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (Math.abs(across) < Math.abs(event.deltaY) && !event.shiftKey) return;
    event.preventDefault();
    this.#target.pan(-wheelPixels(across, event));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.button !== 0) return;
    capture(this.#element, event);
    this.#pressed.set(event.pointerId, this.#place(event));
    this.#isDragging = this.#pressed.size > 1;
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const place = this.#place(event);
    const before = this.#pressed.get(event.pointerId);
    if (!before) return this.#target.hover(event.clientX, event.clientY);
    if (!this.#isDragging && Math.hypot(place.x - before.x, place.y - before.y) < DRAG_FROM) return;
    this.#isDragging = true;
    this.#target.leave();
    if (this.#pressed.size > 1) this.#pinch(event.pointerId, before, place);
    else this.#drag(event, before, place);
    this.#pressed.set(event.pointerId, place);
  }

  /**
   * A finger scrolls by the browser's own means (`touch-action`), a mouse by ours.
   * @param {PointerEvent} event
   * @param {{x: number, y: number}} before
   * @param {{x: number, y: number}} place
   */
  #drag(event, before, place) {
    this.#target.pan(place.x - before.x);
    if (event.pointerType === "mouse") this.#target.scroll(before.y - place.y);
  }

  /**
   * @param {number} pointer
   * @param {{x: number, y: number}} before
   * @param {{x: number, y: number}} place
   */
  #pinch(pointer, before, place) {
    const other = [...this.#pressed].find(([id]) => id !== pointer)?.[1];
    if (!other) return;
    const was = Math.max(Math.abs(before.x - other.x), 20);
    const is = Math.max(Math.abs(place.x - other.x), 20);
    this.#target.zoom(was / is, (place.x + other.x) / 2);
    this.#target.pan((place.x - before.x) / 2);
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    if (this.#pressed.has(event.pointerId) && !this.#isDragging) {
      const { x, y } = this.#place(event);
      this.#target.pick(x, y, event.shiftKey);
      if (event.pointerType === "touch") this.#target.hover(event.clientX, event.clientY);
    }
    this.#release(event);
  }

  /** A finger that is lifted leaves too, but what it tapped stays told. @param {PointerEvent} event */
  #onLeave(event) {
    if (event.pointerType !== "touch") this.#target.leave();
  }

  /** @param {PointerEvent} event */
  #release(event) {
    this.#pressed.delete(event.pointerId);
    if (this.#pressed.size === 0) this.#isDragging = false;
  }
}
