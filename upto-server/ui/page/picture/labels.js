// What is written into bars where it fits, and beside those that still run.

import { duration, runningDuration } from "../format.js";
import * as texts from "../texts.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./shapes.js").Box} Box */

const PADDING = 5;
/** A bar has to be this high for a text, in CSS pixels. */
const LEAST_HEIGHT = 10;
/** No text is measured for bars narrower than this. */
const LEAST_WIDTH = 30;

export class Labels {
  #context;

  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * How long an event took, in its bar.
   * @param {Frame} frame
   * @param {number} event
   * @param {Box} box
   */
  within({ model, theme }, event, { left, right, top, height }) {
    if (height < LEAST_HEIGHT || right - left < LEAST_WIDTH) return;
    const text = duration(model.events.end[event] - model.events.start[event]);
    const context = this.#context;
    context.font = theme.font;
    const from = Math.max(left, 0);
    if (context.measureText(text).width + 2 * PADDING > right - from) return;
    context.fillStyle = theme.paper;
    context.textBaseline = "middle";
    context.fillText(text, from + PADDING, top + height / 2 + 0.5);
  }

  /**
   * For how long an event has been running, and how long it usually takes.
   * @param {Frame} frame
   * @param {number} event
   * @param {Box} box
   */
  beside({ model, theme, now, usual }, event, { right, top, height }) {
    const took = runningDuration(now - model.events.start[event]);
    const expected = usual.get(model.nameOf(model.events.node[event]) ?? "");
    const context = this.#context;
    context.font = theme.font;
    context.fillStyle = theme.muted;
    context.textBaseline = "middle";
    const text =
      expected === undefined ? texts.canvas.running(took) : texts.canvas.usually(took, duration(expected));
    context.fillText(text, right + PADDING, top + height / 2 + 0.5);
  }
}
