// What is written into bars where it fits, and beside those that still run.

import { duration, runningDuration } from "../format.js";
import * as texts from "../texts.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./shapes.js").Box} Box */

const PADDING = 5;
/** A bar has to be this high for a text, in CSS pixels. */
const LEAST_HEIGHT = 10;
/** The end of the bar of what still runs, which is not whole. */
const FRAYED = 20;
/** No text is measured for bars narrower than this. */
const LEAST_WIDTH = 30;

/** So many widths of texts are kept: measuring takes longer than all else of a label. */
const KEPT = 2000;

export class Labels {
  #context;
  #font = "";
  /** @type {Map<string, number>} */
  #widths = new Map();

  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * @param {string} text
   * @param {string} font
   */
  #widthOf(text, font) {
    if (font !== this.#font || this.#widths.size > KEPT) this.#widths.clear();
    this.#font = font;
    const known = this.#widths.get(text);
    if (known !== undefined) return known;
    const width = this.#context.measureText(text).width;
    this.#widths.set(text, width);
    return width;
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
    if (this.#widthOf(text, theme.font) + 2 * PADDING > right - from) return;
    context.fillStyle = theme.paper;
    context.textBaseline = "middle";
    context.fillText(text, from + PADDING, top + height / 2 + 0.5);
  }

  /**
   * For how long an event has been running, and how long it usually takes: beside its bar, or in it where the picture ends.
   * @param {Frame} frame
   * @param {number} event
   * @param {Box} box
   */
  beside(frame, event, { left, right, top, height }) {
    const { theme, scale } = frame;
    const context = this.#context;
    context.font = theme.font;
    context.textBaseline = "middle";
    const text = runningWords(frame, event);
    const width = context.measureText(text).width;
    const fits = right + PADDING + width < scale.width;
    const from = fits ? right + PADDING : Math.min(right, scale.width) - FRAYED - width;
    if (!fits && (from < left + PADDING || height < LEAST_HEIGHT)) return;
    context.fillStyle = fits ? theme.muted : theme.paper;
    context.fillText(text, from, top + height / 2 + 0.5);
  }
}

/**
 * @param {Frame} frame
 * @param {number} event
 */
function runningWords({ model, now, usual }, event) {
  const took = runningDuration(now - model.events.start[event]);
  const expected = usual.get(model.nameOf(model.events.node[event]) ?? "");
  return expected === undefined ? texts.canvas.running(took) : texts.canvas.usually(took, duration(expected));
}
