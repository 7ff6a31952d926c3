// What answers lay over the bars, and under them: another timeline, what the length depends on, what is expected.

import { ROW_PADDING } from "../model/rows.js";
import { baselineBox, eachBaselineRun } from "./baseline.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./frame.js").SeenRow} SeenRow */

/**
 * What it is drawn with: a canvas, and what brings a place that is far outside close to it.
 * @typedef {{context: CanvasRenderingContext2D, clamp: (x: number) => number}} Brush
 */

/** A line below the bars of a row for what the length depends on: from its bottom on, and how high. */
const PATH_BOTTOM = 4;
const PATH_HEIGHT = 2;

/**
 * A row of the other timeline, before this one's.
 * @param {Brush} brush
 * @param {Frame} frame
 * @param {SeenRow} row
 */
function drawBaseline({ context, clamp }, frame, { node, top, height }) {
  const { baseline, theme } = frame;
  if (!baseline) return;
  const box = baselineBox(baseline, height);
  context.fillStyle = theme.ghost;
  eachBaselineRun(frame, baseline, node, (from, to) => {
    const left = clamp(from);
    context.fillRect(left, top + box.top, Math.max(clamp(to) - left, 1), box.height);
  });
}

/**
 * What the length depends on, and what is expected.
 * @param {Brush} brush
 * @param {Frame} frame
 * @param {SeenRow} row
 */
function drawAnswers({ context, clamp }, { scale, theme, path, ghosts }, { node, top, own: height }) {
  context.fillStyle = theme.ink;
  for (const { from, to } of path.get(node) ?? []) {
    const left = clamp(scale.x(from));
    context.fillRect(left, top + height - PATH_BOTTOM, Math.max(clamp(scale.x(to)) - left, 1), PATH_HEIGHT);
  }
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.setLineDash([3, 2]);
  for (const { from, to } of ghosts.get(node) ?? []) {
    const left = clamp(scale.x(from)) + 0.5;
    const width = Math.max(clamp(scale.x(to)) - left, 2);
    context.strokeRect(left, top + ROW_PADDING + 0.5, width, height - 2 * ROW_PADDING - 1);
  }
  context.setLineDash([]);
}

/** @typedef {typeof ANSWER_LAYER} AnswerLayer */
export const ANSWER_LAYER = { drawBaseline, drawAnswers };
