// When anything below a name ran, as spans that do not overlap: what a folded row shows. Made when it is needed, and
// kept until the events change.

import { State } from "./states.js";
import { partition } from "./search.js";

/** @typedef {import("./timeline.js").TimelineModel} TimelineModel */

/**
 * Spans by their start, and where something failed.
 * @typedef {{from: Float64Array, until: Float64Array, failed: Float64Array}} Activity
 */

/**
 * The events of a name and of everything below it.
 * @param {TimelineModel} model
 * @param {number} node
 */
function eventsBelow({ tree }, node) {
  const found = [];
  const pending = [...tree.children[node]];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const lane of tree.lanes[at]?.lanes ?? []) for (const event of lane) found.push(event);
    for (const child of tree.children[at]) pending.push(child);
  }
  return Uint32Array.from(found);
}

/**
 * @param {TimelineModel} model
 * @param {number} node
 * @returns {Activity}
 */
export function activityOf(model, node) {
  const { events } = model;
  const sorted = eventsBelow(model, node).sort((left, right) => events.from(left) - events.from(right));
  /** @type {number[]} */
  const from = [];
  /** @type {number[]} */
  const until = [];
  const failed = [];
  for (const event of sorted) {
    const begin = events.from(event);
    const end = events.until(event, Infinity);
    if (events.state[event] === State.failed) failed.push(Number.isFinite(end) ? end : begin);
    if (from.length > 0 && begin <= until[until.length - 1]) {
      until[until.length - 1] = Math.max(until[until.length - 1], end);
    } else {
      from.push(begin);
      until.push(end);
    }
  }
  return {
    from: Float64Array.from(from),
    until: Float64Array.from(until),
    failed: Float64Array.from(failed).sort(),
  };
}

/**
 * Calls `draw` for each span that is to be seen, those less than a pixel apart as one.
 * @param {Activity} activity
 * @param {import("../picture/scale.js").Scale} scale
 * @param {number} now
 * @param {(left: number, right: number) => void} draw
 */
export function eachSpan({ from, until }, scale, now, draw) {
  let at = partition(from.length, (index) => Math.min(until[index], now) < scale.from);
  while (at < from.length && from[at] <= scale.to) {
    const left = scale.x(from[at]);
    let right = scale.x(Math.min(until[at], now));
    for (at++; at < from.length && scale.x(from[at]) - right < 1; at++)
      right = Math.max(right, scale.x(Math.min(until[at], now)));
    draw(left, right);
  }
}

/** The activities that were made of a model, kept while it stays as it is. */
export class Activities {
  /** @type {TimelineModel | null} */
  #model = null;
  #version = -1;
  /** @type {Map<number, Activity>} */
  #made = new Map();

  /**
   * @param {TimelineModel} model
   * @param {number} node
   */
  of(model, node) {
    if (this.#model !== model || this.#version !== model.version) this.#made.clear();
    this.#model = model;
    this.#version = model.version;
    const known = this.#made.get(node);
    if (known) return known;
    const made = activityOf(model, node);
    this.#made.set(node, made);
    return made;
  }
}
