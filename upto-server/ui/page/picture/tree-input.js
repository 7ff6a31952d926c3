// Mouse and keyboard in the tree.

import { ROW_HEIGHT } from "../model/rows.js";
import { nodeAt } from "./hit.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./navigation.js").Navigation} Navigation */
/** @typedef {import("./pointing.js").Pointing} Pointing */

/**
 * What the tree needs of the picture.
 * @typedef {object} TreeTarget
 * @property {() => Frame | null} frame What is drawn.
 * @property {() => void} invalidate
 * @property {() => void} reveal Scrolls to the row that the keyboard is on.
 */

/**
 * @param {Event} event
 * @param {string} selector
 */
function isOn(event, selector) {
  return event.target instanceof Element && event.target.closest(selector) !== null;
}

export class TreeInput {
  #root;
  #navigation;
  #pointing;
  #target;

  /**
   * @param {HTMLElement} root
   * @param {Navigation} navigation
   * @param {Pointing} pointing
   * @param {TreeTarget} target
   */
  constructor(root, navigation, pointing, target) {
    this.#root = root;
    this.#navigation = navigation;
    this.#pointing = pointing;
    this.#target = target;
    root.addEventListener("click", (event) => this.#onClick(event));
    root.addEventListener("dblclick", (event) => this.#onDoubleClick(event));
    root.addEventListener("keydown", (event) => this.#onKey(event));
    root.addEventListener("focus", () => this.#onFocus());
    root.addEventListener("pointermove", (event) => this.#onMove(event));
    root.addEventListener("pointerleave", () => this.#onLeave());
  }

  /** The row under the pointer. @param {MouseEvent} event */
  #nodeOf(event) {
    const frame = this.#target.frame();
    return frame ? nodeAt(frame, event.clientY - this.#root.getBoundingClientRect().top) : -1;
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const frame = this.#target.frame();
    const node = this.#nodeOf(event);
    if (!frame || node < 0) return;
    this.#navigation.choose(frame.model, node);
    if (isOn(event, ".twisty")) this.#navigation.toggle(frame.model, node);
    this.#target.invalidate();
  }

  /** @param {MouseEvent} event */
  #onDoubleClick(event) {
    const frame = this.#target.frame();
    const node = this.#nodeOf(event);
    if (!frame || node < 0 || isOn(event, ".twisty")) return;
    this.#navigation.toggle(frame.model, node);
    this.#target.invalidate();
  }

  /** Entered by keyboard, it begins at the first row that is seen. */
  #onFocus() {
    const frame = this.#target.frame();
    if (!frame || frame.activeNode >= 0 || frame.rows.length === 0) return;
    this.#navigation.choose(frame.model, frame.rows.nodes[frame.rows.at(frame.scrollTop)]);
    this.#target.invalidate();
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const over = isOn(event, ".name") && event.pointerType === "mouse" ? "name" : "row";
    this.#pointing.at({ over, x: event.clientX, y: event.clientY });
    this.#target.invalidate();
  }

  #onLeave() {
    this.#pointing.leave();
    this.#target.invalidate();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const frame = this.#target.frame();
    if (!frame || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.code === "KeyI") this.#tellActive(frame);
    else if (!this.#press(frame, event.code)) return;
    event.preventDefault();
    this.#target.invalidate();
  }

  /**
   * @param {Frame} frame
   * @param {string} code
   */
  #press({ model, rows, height }, code) {
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
    if (!this.#navigation.press(code, { model, rows, page })) return false;
    this.#pointing.leave();
    this.#target.reveal();
    return true;
  }

  /** Tells about the row that the keyboard is on, as the mouse does on its name. @param {Frame} frame */
  #tellActive({ rows, activeNode, scrollTop }) {
    const row = rows.rowOf(activeNode);
    if (row < 0) return;
    const { right, top } = this.#root.getBoundingClientRect();
    this.#pointing.at({ over: "name", x: right, y: top + rows.tops[row] - scrollTop + ROW_HEIGHT / 2 });
  }
}
