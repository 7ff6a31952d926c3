// The time axis above the bars.

import { Surface } from "./surface.js";

/** @typedef {import("./frame.js").Frame} Frame */

const LABEL_GAP = 4;

export class Axis {
  #surface;
  /** @type {{left: number, right: number} | null} */
  #preview = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#surface = new Surface(canvas);
  }

  /**
   * The width of a label as the axis writes it, in CSS pixels.
   * @param {string} label
   * @param {string} font
   */
  measure(label, font) {
    this.#surface.context.font = font;
    return this.#surface.context.measureText(label).width;
  }

  /** @param {Frame} frame */
  draw(frame) {
    const { model, scale, theme, ticks } = frame;
    const surface = this.#surface;
    const { context } = surface;
    surface.fit();
    surface.clear(theme.paper);
    context.font = theme.font;
    context.textBaseline = "middle";
    for (const { time, label } of ticks) {
      const x = Math.round(scale.x(model.first + time));
      context.fillStyle = theme.line;
      context.fillRect(x, 0, 1, surface.height);
      if (x + LABEL_GAP + context.measureText(label).width > surface.width) continue;
      context.fillStyle = theme.muted;
      context.fillText(label, x + LABEL_GAP, surface.height / 2 + 1);
    }
    frame.crosshair?.drawLabels(surface, frame);
    if (!this.#preview) return;
    context.fillStyle = theme.shade;
    context.fillRect(this.#preview.left, 0, this.#preview.right - this.#preview.left, surface.height);
  }

  /**
   * The range that is being chosen, in CSS pixels; none where both are the same.
   * @param {number} left
   * @param {number} right
   */
  preview(left, right) {
    this.#preview = left === right ? null : { left: Math.min(left, right), right: Math.max(left, right) };
  }

  /** Empties it while there is nothing to show. @param {string} colour */
  clear(colour) {
    this.#surface.fit();
    this.#surface.clear(colour);
  }
}
