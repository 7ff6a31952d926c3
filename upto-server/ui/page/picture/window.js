// The window of time that is looked at: all of the timeline, or the range that the view says. Every
// way to zoom and pan ends here.

import { fitting, panned, zoomed } from "./scale.js";

/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./scale.js").Range} Range */

/**
 * @param {import("../state/view.js").View} view
 * @param {TimelineModel} model
 * @param {number} now
 * @returns {Range}
 */
export function rangeOf({ from, to }, model, now) {
  if (from === null || to === null) return fitting(model.first, model.until(now));
  return { from: model.first + from * 1e9, to: model.first + to * 1e9 };
}

/** What moves it. */
export class TimeWindow {
  #store;

  /** @param {ViewStore} store */
  constructor(store) {
    this.#store = store;
  }

  /**
   * @param {TimelineModel} model
   * @param {number} now
   * @returns {Range}
   */
  #range(model, now) {
    return rangeOf(this.#store.view, model, now);
  }

  /**
   * @param {TimelineModel} model
   * @param {number} now
   * @param {number} factor Above 1 zooms out.
   * @param {number} part Where on the picture time stays: 0 is its left edge, 1 its right.
   */
  zoom(model, now, factor, part) {
    const range = this.#range(model, now);
    const around = range.from + part * (range.to - range.from);
    this.#set("zoom", model, zoomed(range, around, factor, fitting(model.first, model.until(now)), model.events.grain));
  }

  /**
   * @param {TimelineModel} model
   * @param {number} now
   * @param {number} part How much of the picture's width to go on by.
   */
  pan(model, now, part) {
    if (this.#store.view.from === null) return;
    const range = this.#range(model, now);
    const by = part * (range.to - range.from);
    this.#set("pan", model, panned(range, by, fitting(model.first, model.until(now))));
  }

  /**
   * Shows the range between two instants.
   * @param {TimelineModel} model
   * @param {number} now
   * @param {number} from
   * @param {number} to
   */
  choose(model, now, from, to) {
    const range = { from: Math.min(from, to), to: Math.max(from, to) };
    const middle = (range.from + range.to) / 2;
    this.#set("zoom", model, zoomed(range, middle, 1, fitting(model.first, model.until(now)), model.events.grain));
  }

  fit() {
    if (this.#store.view.from !== null) this.#store.change("fit", { from: null, to: null });
  }

  /**
   * @param {string} kind
   * @param {TimelineModel} model
   * @param {Range | null} range
   */
  #set(kind, { first }, range) {
    const from = range && (range.from - first) / 1e9;
    const to = range && (range.to - first) / 1e9;
    this.#store.change(kind, { from, to });
  }
}
