// How many events run at once, over the whole of a timeline: for the minimap. It is worked out anew only when enough
// has changed to be seen.

import { State } from "./states.js";

/** @typedef {import("./timeline.js").TimelineModel} TimelineModel */

/**
 * @typedef {object} Density
 * @property {Float64Array} running How many events run in each column, on the average.
 * @property {Uint8Array} failed 1 where something failed.
 * @property {number} most The greatest of `running`.
 */

/**
 * @param {TimelineModel} model
 * @param {number} from Left edge, in nanoseconds from the base.
 * @param {number} to Right edge likewise.
 * @param {number} columns
 * @param {number} now
 * @returns {Density}
 */
export function densityOf(model, from, to, columns, now) {
  const { events } = model;
  const perColumn = (to - from) / columns;
  const slopes = new Float64Array(columns + 2);
  const parts = new Float64Array(columns + 1);
  const failed = new Uint8Array(columns + 1);
  for (let index = 0; index < events.length; index++) {
    const begin = (events.from(index) - from) / perColumn;
    const end = (events.until(index, now) - from) / perColumn;
    if (events.state[index] === State.failed) failed[Math.max(0, Math.min(columns, Math.floor(end)))] = 1;
    if (end > begin) addSpan(slopes, parts, Math.max(0, begin), Math.min(columns, end));
  }
  return summed(slopes, parts, failed, columns);
}

/**
 * Adds a span: whole columns as a step up and down, the two at its ends by their part.
 * @param {Float64Array} slopes
 * @param {Float64Array} parts
 * @param {number} begin
 * @param {number} end
 */
function addSpan(slopes, parts, begin, end) {
  const first = Math.floor(begin);
  const last = Math.floor(end);
  if (first === last) {
    parts[first] += end - begin;
    return;
  }
  parts[first] += first + 1 - begin;
  parts[last] += end - last;
  slopes[first + 1] += 1;
  slopes[last] -= 1;
}

/**
 * @param {Float64Array} slopes
 * @param {Float64Array} parts
 * @param {Uint8Array} failed
 * @param {number} columns
 * @returns {Density}
 */
function summed(slopes, parts, failed, columns) {
  const running = new Float64Array(columns);
  let whole = 0;
  let most = 0;
  for (let column = 0; column < columns; column++) {
    whole += slopes[column];
    running[column] = whole + parts[column];
    most = Math.max(most, running[column]);
  }
  return { running, failed: failed.subarray(0, columns), most };
}
