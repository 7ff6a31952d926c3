// What folded rows show: a strip at their bottom for what ran below them, and where something failed there.

import { Activities, eachSpan } from "../model/activity.js";

/** @typedef {import("./answer-layer.js").Brush} Brush */
/** @typedef {import("./frame.js").Frame} Frame */

/** From the bottom of a row on, and how high, in CSS pixels. */
const STRIP_BOTTOM = 5;
const STRIP_HEIGHT = 3;

export class Folded {
  #activities = new Activities();

  /**
   * @param {Brush} brush
   * @param {Frame} frame
   * @param {number} node
   * @param {number} bottom Of the row.
   * @param {string} colour
   */
  draw({ context, clamp }, { model, scale, now, theme }, node, bottom, colour) {
    const top = bottom - STRIP_BOTTOM;
    const activity = this.#activities.of(model, node);
    context.fillStyle = colour;
    eachSpan(activity, scale, now, (from, to) => {
      const left = clamp(from);
      context.fillRect(left, top, Math.max(clamp(to) - left, 1), STRIP_HEIGHT);
    });
    context.fillStyle = theme.failed;
    for (const time of activity.failed) {
      const x = scale.x(time);
      if (x >= 0 && x <= scale.width) context.fillRect(Math.round(x) - 1, top - 2, 3, STRIP_HEIGHT + 3);
    }
  }
}
