// The rows of the picture: the names that are to be seen, in order, each with its height.

import { unescapeName } from "./names.js";
import { partition } from "./search.js";

/** @typedef {import("./timeline.js").TimelineModel} TimelineModel */

/** A row's height in CSS pixels, as long as its lanes fit. */
export const ROW_HEIGHT = 22;
/** Left free above and below the lanes. */
export const ROW_PADDING = 5;

/**
 * The height of a lane with its gap, in CSS pixels. The more there are, the thinner.
 * @param {number} lanes
 */
export function lanePitch(lanes) {
  if (lanes <= 1) return ROW_HEIGHT - 2 * ROW_PADDING;
  return lanes <= 8 ? 6 : 4;
}

/**
 * @param {number} lanes
 */
export function rowHeight(lanes) {
  return Math.max(ROW_HEIGHT, lanes * lanePitch(lanes) + 2 * ROW_PADDING);
}

/**
 * Which names match a filter, and which have to stay as ancestors of such.
 * @typedef {{matches: Uint8Array, kept: Uint8Array}} Selection
 */

/**
 * Names whose path contains the text, whatever the case. What is under a match matches as well.
 * @param {TimelineModel} model
 * @param {string} text
 * @returns {Selection}
 */
export function select(model, text) {
  const { tree } = model;
  const wanted = text.toLowerCase();
  const matches = new Uint8Array(tree.length);
  const kept = new Uint8Array(tree.length);
  for (let node = 0; node < tree.length; node++) {
    const parent = tree.parent[node];
    const inherits = parent >= 0 && matches[parent] === 1;
    if (inherits || unescapeName(tree.name[node]).toLowerCase().includes(wanted))
      matches[node] = kept[node] = 1;
  }
  for (let node = tree.length - 1; node >= 0; node--) {
    if (kept[node] && tree.parent[node] >= 0) kept[tree.parent[node]] = 1;
  }
  return { matches, kept };
}

/**
 * Names with events that took at least so long, or still run.
 * @param {TimelineModel} model
 * @param {number} least In nanoseconds.
 * @returns {Selection}
 */
export function selectLong({ tree, events }, least) {
  const matches = new Uint8Array(tree.length);
  for (let index = 0; index < events.length; index++) {
    if (events.until(index, Infinity) - events.from(index) >= least) matches[events.node[index]] = 1;
  }
  const kept = matches.slice();
  for (let node = tree.length - 1; node >= 0; node--) {
    if (kept[node] && tree.parent[node] >= 0) kept[tree.parent[node]] = 1;
  }
  return { matches, kept };
}

/** The rows, from top to bottom. */
export class Rows {
  /** @type {number[]} The name of each row, as an index into the tree. */
  nodes = [];
  /** @type {number[]} Where each row begins, in CSS pixels; one more for the end of the last. */
  tops = [0];
  /** @type {Map<number, number>} The row of each name that is to be seen. */
  #rowOf = new Map();
  /** What each row has at its bottom for another timeline, in CSS pixels. */
  extra;

  /** @param {number} extra */
  constructor(extra = 0) {
    this.extra = extra;
  }

  get length() {
    return this.nodes.length;
  }

  /** The height of all rows together, in CSS pixels. */
  get height() {
    return this.tops[this.nodes.length];
  }

  /**
   * @param {number} node
   * @param {number} height
   */
  push(node, height) {
    this.tops.push(this.height + height);
    this.#rowOf.set(node, this.nodes.length);
    this.nodes.push(node);
  }

  /**
   * The row of a name, or -1 while it is not to be seen.
   * @param {number} node
   */
  rowOf(node) {
    return this.#rowOf.get(node) ?? -1;
  }

  /**
   * The row at a height; that next to it when it is above or below all.
   * @param {number} y In CSS pixels from the top of the first row.
   */
  at(y) {
    const after = partition(this.length, (row) => this.tops[row] <= y);
    return Math.max(0, after - 1);
  }
}

/**
 * Lays out the rows.
 * @param {TimelineModel} model
 * @param {(node: number) => boolean} isFolded
 * @param {Selection | null} selection What a filter has selected; null without a filter.
 * @param {number} extra What each row has at its bottom for another timeline, in CSS pixels.
 * @returns {Rows}
 */
export function layRows(model, isFolded, selection, extra = 0) {
  const { tree } = model;
  const rows = new Rows(extra);
  const pending = tree.roots.slice().reverse();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (selection && !selection.kept[node]) continue;
    rows.push(node, rowHeight(tree.lanes[node]?.lanes.length ?? 0) + extra);
    if (isFolded(node)) continue;
    const children = tree.children[node];
    for (let at = children.length - 1; at >= 0; at--) pending.push(children[at]);
  }
  return rows;
}
