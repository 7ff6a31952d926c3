// The whole timeline in small: how much ran when, where something failed, and which part is looked at.
// A drag outside of that part chooses another one, a drag within it moves it.

import { densityOf } from "../model/density.js";
import { Surface } from "./surface.js";
import { Scale, fitting } from "./scale.js";

/** @typedef {import("../model/density.js").Density} Density */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("./frame.js").Frame} Frame */

/** While events come, it is drawn anew at most this often. */
const LEAST_MS = 250;
/** Left free above the highest column, in CSS pixels. */
const TOP = 3;
const MARK = 3;

export class Minimap {
  #surface;
  /** @type {Density | null} */
  #density = null;
  #key = "";
  /** @type {TimelineModel | null} */
  #model = null;
  #version = -1;
  #madeAt = -Infinity;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#surface = new Surface(canvas);
  }

  /**
   * The scale of the whole timeline on it.
   * @param {TimelineModel} model
   * @param {number} now
   */
  scale(model, now) {
    return new Scale(fitting(model.first, model.until(now)), this.#surface.width);
  }

  /** @param {Frame} frame */
  draw(frame) {
    const surface = this.#surface;
    surface.fit();
    surface.clear(frame.theme.paper);
    const scale = this.scale(frame.model, frame.now);
    if (surface.width < 1 || surface.height < 1) return;
    this.#drawDensity(frame, this.#densityOf(frame, scale));
    this.#drawWindow(frame, scale);
  }

  /** @param {string} colour */
  clear(colour) {
    this.#surface.fit();
    this.#surface.clear(colour);
  }

  /**
   * @param {Frame} frame
   * @param {Scale} scale
   * @returns {Density}
   */
  #densityOf({ model, now }, scale) {
    const columns = Math.max(1, Math.floor(scale.width));
    const key = `${columns} ${scale.from} ${model.open > 0 ? "" : scale.to}`;
    const isOther = this.#model !== model || this.#key !== key;
    const isStale = this.#version !== model.version || model.open > 0;
    if (this.#density && !isOther && (!isStale || performance.now() - this.#madeAt < LEAST_MS))
      return this.#density;
    this.#model = model;
    this.#key = key;
    this.#version = model.version;
    this.#density = densityOf(model, scale.from, scale.to, columns, now);
    this.#madeAt = performance.now();
    return this.#density;
  }

  /**
   * @param {Frame} frame
   * @param {Density} density
   */
  #drawDensity({ theme }, { running, failed, most }) {
    const { context, height } = this.#surface;
    const unit = (height - TOP - MARK) / Math.max(most, 1);
    context.fillStyle = theme.density;
    for (let column = 0; column < running.length; column++) {
      if (running[column] === 0) continue;
      const top = Math.max(1, Math.round(running[column] * unit));
      context.fillRect(column, height - MARK - top, 1, top);
    }
    context.fillStyle = theme.failed;
    for (let column = 0; column < failed.length; column++) {
      if (failed[column]) context.fillRect(column - 1, height - MARK, 3, MARK);
    }
  }

  /**
   * @param {Frame} frame
   * @param {Scale} whole
   */
  #drawWindow({ scale, theme }, whole) {
    const { context, width, height } = this.#surface;
    const left = Math.max(0, whole.x(scale.from));
    const right = Math.min(width, Math.max(whole.x(scale.to), left + 2));
    if (right - left >= width - 1) return;
    context.fillStyle = theme.shade;
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, width - right, height);
    context.fillStyle = theme.ink;
    context.fillRect(Math.round(left) - 1, 0, 2, height);
    context.fillRect(Math.round(right) - 1, 0, 2, height);
  }
}
