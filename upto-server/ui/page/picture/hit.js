// What is under the pointer.

import { MAX_LANES } from "../model/lanes.js";
import { lanePitch } from "../model/rows.js";
import { partition } from "../model/search.js";
import { isAbove } from "./baseline.js";
import { laneBox } from "./frame.js";

/** @typedef {import("./frame.js").Frame} Frame */

/** How far beside a bar still counts as on it, in CSS pixels. */
const TOLERANCE = 4;

/**
 * What is hit: a row, and in it events; none where only the row's bracket or nothing is.
 * @typedef {{node: number, events: number[]}} Hit
 */

/**
 * The row at a height of the canvas, or -1 below the last one.
 * @param {Pick<Frame, "rows" | "scrollTop">} frame
 * @param {number} y
 */
export function nodeAt({ rows, scrollTop }, y) {
  const at = y + scrollTop;
  return at >= rows.height || rows.length === 0 ? -1 : rows.nodes[rows.at(at)];
}

/**
 * @param {Frame} frame
 * @param {number} x On the canvas, in CSS pixels.
 * @param {number} y Likewise.
 * @returns {Hit | null}
 */
export function hitAt(frame, x, y) {
  const node = nodeAt(frame, y);
  if (node < 0) return null;
  const lanes = frame.model.tree.lanes[node]?.lanes;
  if (!lanes) return bracketAt(frame, node, x);
  const top = frame.rows.tops[frame.rows.rowOf(node)] - frame.scrollTop;
  const first = laneBox(0, lanes.length, false, isAbove(frame.baseline)).top;
  const lane = Math.floor((y - top - first) / lanePitch(lanes.length));
  const events = eventsAt(frame, lanes[Math.min(Math.max(lane, 0), lanes.length - 1)], x);
  return events.length > 0 ? { node, events } : null;
}

/**
 * @param {Frame} frame
 * @param {number} node
 * @param {number} x
 * @returns {Hit | null}
 */
function bracketAt({ model, scale, now }, node, x) {
  const left = scale.x(model.tree.first[node]) - TOLERANCE;
  const right = scale.x(model.tree.until(node, now)) + TOLERANCE;
  return x >= left && x <= right ? { node, events: [] } : null;
}

/**
 * The events of a lane at a place: those right under it, else those close by.
 * @param {Frame} frame
 * @param {number[]} lane
 * @param {number} x
 */
function eventsAt({ model, scale, now }, lane, x) {
  const { events } = model;
  const isFull = events.lane[lane[0]] === MAX_LANES - 1;
  /** @param {number} reach */
  const within = (reach) => {
    const from = scale.time(x - reach);
    const to = scale.time(x + reach);
    const first = isFull ? 0 : partition(lane.length, (at) => events.until(lane[at], now) < from);
    const after = partition(lane.length, (at) => events.from(lane[at]) <= to);
    return lane.slice(first, after).filter((event) => events.until(event, now) >= from);
  };
  const exact = within(0.5);
  return exact.length > 0 ? exact : within(TOLERANCE);
}
