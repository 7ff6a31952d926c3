// What the pointer is on: the row that it lights up, and the tooltip that tells about it. Only its
// place is kept, so that both stay right while things move under it. What draws the tooltip and the lines through the
// bars is fetched when first needed.

import { addStyle, POPUPS } from "../dom.js";
import { hitAt, nodeAt } from "./hit.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./tooltip.js").Tooltip} Tooltip */
/** @typedef {typeof import("./crosshair.js")} Crosshair */

/**
 * Where it is, in CSS pixels of the window. Over the bars it is about events, over a name about the
 * row; elsewhere in the tree the row only lights up.
 * @typedef {{over: "bars" | "name" | "row", x: number, y: number}} Place
 */

export class Pointing {
  #bars;
  #root;
  #onFetched;
  /** @type {Promise<void> | null} */
  #fetched = null;
  /** @type {Tooltip | null} */
  #tooltip = null;
  /** @type {Crosshair | null} What draws lines; null until it has come. */
  crosshair = null;
  /** @type {Place | null} */
  #place = null;

  /**
   * @param {HTMLElement} bars
   * @param {HTMLElement} root The tooltip's place.
   * @param {() => void} onFetched
   */
  constructor(bars, root, onFetched) {
    this.#bars = bars;
    this.#root = root;
    this.#onFetched = onFetched;
  }

  /** @param {Place} place */
  at(place) {
    this.#place = place;
    this.fetch();
  }

  /** Where it fails, it is tried again the next time. */
  fetch() {
    this.#fetched ??= this.#fetch().catch(() => {
      this.#fetched = null;
    });
  }

  async #fetch() {
    const [{ Tooltip }, crosshair] = await Promise.all([
      import("./tooltip.js"),
      import("./crosshair.js"),
      addStyle(POPUPS),
    ]);
    this.#tooltip = new Tooltip(this.#root);
    this.crosshair = crosshair;
    this.#onFetched();
  }

  leave() {
    this.#place = null;
    this.#tooltip?.hide();
  }

  /**
   * The row that it is on; -1 for none.
   * @param {Pick<Frame, "rows" | "scrollTop">} frame
   */
  node(frame) {
    if (!this.#place) return -1;
    return nodeAt(frame, this.#place.y - this.#bars.getBoundingClientRect().top);
  }

  /** Whether it tells about anything. */
  get isTelling() {
    return this.#tooltip?.isShown ?? false;
  }

  /** Where it is on the bars, in CSS pixels; null while it is not on them. */
  get x() {
    return this.#place?.over === "bars" ? this.#place.x - this.#bars.getBoundingClientRect().left : null;
  }

  /** Where it is across the bars, 0 to 1; their middle while it is not on them. */
  get part() {
    if (this.#place?.over !== "bars") return 0.5;
    const { left, width } = this.#bars.getBoundingClientRect();
    return (this.#place.x - left) / Math.max(width, 1);
  }

  /**
   * Shows the tooltip for what is drawn.
   * @param {Frame} frame
   */
  tell(frame) {
    const hit = this.#hit(frame);
    if (hit && this.#place) this.#tooltip?.show(frame, hit, this.#place);
    else this.#tooltip?.hide();
  }

  /** @param {Frame} frame */
  #hit(frame) {
    if (!this.#place || this.#place.over === "row") return null;
    if (this.#place.over === "name")
      return frame.hoverNode < 0 ? null : { node: frame.hoverNode, events: [] };
    const { left, top } = this.#bars.getBoundingClientRect();
    return hitAt(frame, this.#place.x - left, this.#place.y - top);
  }
}
