// Another timeline under this one: grey, thin, above each row's own bars.

import { eachRun } from "./runs.js";
import { Scale } from "./scale.js";
import { changeWords } from "./words.js";

/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("./frame.js").Frame} Frame */

/** The place of its bars within a row, in CSS pixels. */
const BASELINE_TOP = 2;
const BASELINE_HEIGHT = 4;

/** From this change on a row stands out. */
const NOTABLE = 0.05;

/** What a row is higher by where its bars have a place of their own, below the others. */
export const STACKED = 14;
const STACKED_HEIGHT = 10;

/**
 * The timeline that is drawn with this one, and how the two are laid over each other, or one below the other.
 * @typedef {{model: TimelineModel, byRow: boolean, isStacked: boolean, changeIn: typeof changeIn}} Baseline
 */

/**
 * Whether its bars are above those of each row, which make room for them.
 * @param {Baseline | null} baseline
 */
export function isAbove(baseline) {
  return baseline !== null && !baseline.isStacked;
}

/**
 * Where its bars are within a row of this height.
 * @param {Baseline} baseline
 * @param {number} height In CSS pixels, as the answer.
 */
export function baselineBox({ isStacked }, height) {
  return isStacked
    ? { top: height - STACKED, height: STACKED_HEIGHT }
    : { top: BASELINE_TOP, height: BASELINE_HEIGHT };
}

/**
 * How much later than there a row begins here; NaN where there is no such row.
 * @param {TimelineModel} model
 * @param {number} node
 * @param {Baseline} baseline
 * @param {number} other The node there.
 */
function offsetOf(model, node, baseline, other) {
  if (!baseline.byRow) return model.first - baseline.model.first;
  const isThere = !model.tree.isPlanned(node) && !baseline.model.tree.isPlanned(other);
  return isThere
    ? model.tree.first[node] - baseline.model.tree.first[other]
    : model.first - baseline.model.first;
}

/**
 * Calls `draw` for each bar of a row there that is to be seen here.
 * @param {Frame} frame
 * @param {Baseline} baseline
 * @param {number} node
 * @param {(left: number, right: number) => void} draw
 */
export function eachBaselineRun({ model, scale }, baseline, node, draw) {
  const other = baseline.model.tree.find(model.tree.name[node]);
  if (other < 0) return;
  const { tree, events } = baseline.model;
  const by = offsetOf(model, node, baseline, other);
  const shifted = new Scale({ from: scale.from - by, to: scale.to - by }, scale.width);
  const until = baseline.model.last;
  const lanes = tree.lanes[other]?.lanes;
  if (!lanes) draw(shifted.x(tree.first[other]), shifted.x(tree.until(other, until)));
  else
    for (const lane of lanes)
      eachRun(events, lane, { overlaps: true, least: 0 }, shifted, until, ({ left, right }) =>
        draw(left, right),
      );
}

/**
 * How long a row took there: the sum of its events, or what it spans; NaN where that is not known.
 * @param {TimelineModel} model
 * @param {number} node
 * @param {number} now
 */
function lengthOf({ tree }, node, now) {
  if (tree.own[node] > 0) return tree.total(node, now);
  return tree.isPlanned(node) ? NaN : tree.until(node, now) - tree.first[node];
}

/**
 * How much longer a row took here than there: 0.5 is half as long again. NaN where one of both is not known, infinite
 * where it is not there at all.
 * @param {TimelineModel} model
 * @param {number} node
 * @param {Baseline} baseline
 * @param {number} now
 */
export function changeOf(model, node, baseline, now) {
  const other = baseline.model.tree.find(model.tree.name[node]);
  if (other < 0) return Infinity;
  const before = lengthOf(baseline.model, other, baseline.model.last);
  return lengthOf(model, node, now) / before - 1;
}

/**
 * What a row tells of that.
 * @param {TimelineModel} model
 * @param {number} node
 * @param {Baseline} baseline
 * @param {number} now
 */
export function changeIn(model, node, baseline, now) {
  const change = changeOf(model, node, baseline, now);
  return { words: changeWords(change), isWorse: change >= NOTABLE, isBetter: change <= -NOTABLE };
}
