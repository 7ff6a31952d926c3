// Bars of one lane, merged where they are too small and too close to be told apart, so that a lane
// never costs more than its pixels, however many events it has.

import { State } from "../model/states.js";
import { partition } from "../model/search.js";

/** @typedef {import("../model/events.js").EventTable} EventTable */
/** @typedef {import("./scale.js").Scale} Scale */

/** Below this width a bar is small: small bars that touch become one run. In CSS pixels. */
const SMALL = 2;
/** Bars closer than this touch. In CSS pixels. */
const TOUCHING = 1;
/** How far a shape may reach beyond its event's times, in CSS pixels: marks of points and ragged ends. */
const SHAPE_REACH = 16;

/**
 * One thing to draw.
 * @typedef {object} Run
 * @property {number} left In CSS pixels.
 * @property {number} right
 * @property {number} state The `State` of its only event; `done` if it stands for several.
 * @property {number[]} failures Where, of several events, failed ones are: at most one to a pixel.
 * @property {number} count How many events it stands for.
 * @property {number} event The index of its only event; of the first one if there are several.
 */

/**
 * The first place in a lane whose event may reach into the picture. The events before it have all
 * ended further left, as a lane's events do not overlap.
 * @param {EventTable} table
 * @param {readonly number[]} lane
 * @param {number} from
 * @param {number} now
 */
function firstSeen(table, lane, from, now) {
  return partition(lane.length, (at) => table.until(lane[at], now) < from);
}

/**
 * Calls `draw` for each run of a lane that is to be seen, from left to right.
 * @param {EventTable} table
 * @param {readonly number[]} lane Event indices by start.
 * @param {{overlaps: boolean, least: number}} rules Whether events of the lane may overlap, as in the last lane of a full
 *   row; and how long an event has to be to be drawn, in nanoseconds.
 * @param {Scale} scale
 * @param {number} now
 * @param {(run: Run) => void} draw The run is only valid during the call.
 */
export function eachRun(table, lane, { overlaps, least }, scale, now, draw) {
  const reach = SHAPE_REACH * scale.perPixel;
  const from = scale.from - reach;
  const to = scale.to + reach;
  /** @type {Run} */
  const run = { left: 0, right: 0, state: State.done, failures: [], count: 0, event: 0 };
  for (let at = overlaps ? 0 : firstSeen(table, lane, from, now); at < lane.length; at++) {
    const event = lane[at];
    if (table.from(event) > to) break;
    if (table.until(event, now) < from) continue;
    const left = scale.x(table.from(event));
    const right = scale.x(table.until(event, now));
    if (least > 0 && table.until(event, now) - table.from(event) < least) continue;
    if (joins(run, left, right)) {
      extend(run, left, right, table.state[event]);
    } else {
      if (run.count > 0) draw(run);
      begin(run, left, right, table.state[event], event);
    }
  }
  if (run.count > 0) draw(run);
}

/**
 * @param {Run} run
 * @param {number} left
 * @param {number} right
 */
function joins(run, left, right) {
  if (run.count === 0 || right - left >= SMALL) return false;
  const isSmall = run.count > 1 || run.right - run.left < SMALL;
  return isSmall && left - run.right < TOUCHING;
}

/**
 * @param {Run} run
 * @param {number} left
 * @param {number} right
 * @param {number} state
 */
function extend(run, left, right, state) {
  if (run.count === 1) note(run, run.left, run.state);
  note(run, left, state);
  run.right = Math.max(run.right, right);
  run.state = State.done;
  run.count++;
}

/**
 * Remembers where something failed within a run, so that one failure among a thousand neither
 * vanishes nor looks like a thousand.
 * @param {Run} run
 * @param {number} left
 * @param {number} state
 */
function note({ failures }, left, state) {
  const last = failures.at(-1) ?? -Infinity;
  if (state === State.failed && left - last >= TOUCHING) failures.push(left);
}

/**
 * @param {Run} run
 * @param {number} left
 * @param {number} right
 * @param {number} state
 * @param {number} event
 */
function begin(run, left, right, state, event) {
  run.left = left;
  run.right = right;
  run.state = state;
  run.failures.length = 0;
  run.count = 1;
  run.event = event;
}
