// One frame of the picture: everything that its parts need to draw themselves, worked out once.

import { lanePitch, ROW_HEIGHT, ROW_PADDING } from "../model/rows.js";

/** @typedef {import("../model/rows.js").Rows} Rows */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("./baseline.js").Baseline} Baseline */
/** @typedef {import("./pointing.js").Crosshair} Crosshair */
/** @typedef {import("./row-spans.js").Span} Span */
/** @typedef {import("./scale.js").Scale} Scale */
/** @typedef {import("./theme.js").Theme} Theme */
/** @typedef {import("./ticks.js").Tick} Tick */

/**
 * @typedef {object} Frame
 * @property {TimelineModel} model
 * @property {Rows} rows
 * @property {Uint32Array} branches The branch of each name.
 * @property {(node: number) => boolean} isFolded
 * @property {Scale} scale
 * @property {Tick[]} ticks Times since the timeline's first instant.
 * @property {number} now
 * @property {number} scrollTop In CSS pixels, as everything here.
 * @property {number} height Of the part that is seen.
 * @property {Theme} theme
 * @property {number} activeNode The name that the keyboard is on; -1 for none.
 * @property {number} hoverNode The name that the pointer is on; -1 for none.
 * @property {number} selected The event that was chosen; -1 for none.
 * @property {number} least Only events of at least so many nanoseconds are drawn.
 * @property {readonly number[]} marks Instants that were marked, in seconds from the first one.
 * @property {number | null} pointer Where the pointer is on the bars; null while it is not.
 * @property {Crosshair | null} crosshair What draws lines for both; null until it has come.
 * @property {Baseline | null} baseline
 * @property {import("./answer-layer.js").AnswerLayer | null} layer What draws it, and what follows here; null until it has come.
 * @property {Map<number, Span[]>} path By node: what the length depends on.
 * @property {Map<number, Span[]>} ghosts By node: what is expected.
 * @property {Map<string, number>} usual By name: how long events usually take, in nanoseconds.
 * @property {Map<string, {slack: number, drag: number}>} steps By name: how much later it could have ended, and how much
 *   shorter all would be without it, in seconds.
 */

/** `own` is the height without what is for another timeline. @typedef {{row: number, node: number, top: number, height: number, own: number}} SeenRow */

/**
 * The rows that are at least partly seen.
 * @param {Pick<Frame, "rows" | "scrollTop" | "height">} frame
 * @returns {SeenRow[]}
 */
export function seenRows({ rows, scrollTop, height }) {
  const seen = [];
  for (let row = rows.at(scrollTop); row < rows.length; row++) {
    const top = rows.tops[row] - scrollTop;
    if (top >= height) break;
    const whole = rows.tops[row + 1] - rows.tops[row];
    seen.push({ row, node: rows.nodes[row], top, height: whole, own: whole - rows.extra });
  }
  return seen;
}

/** With another timeline above it, a row's only lane: further down, in CSS pixels. */
const BELOW_BASELINE = 7;
const LEAST_BELOW_BASELINE = 11;

/**
 * Where the bars of a lane are within their row. A parent's are thinner than those of what it spans.
 * @param {number} lane
 * @param {number} lanes
 * @param {boolean} isParent
 * @param {boolean} hasBaseline Whether another timeline's bars are above them.
 * @returns {{top: number, height: number}} Relative to the row.
 */
export function laneBox(lane, lanes, isParent, hasBaseline) {
  const pitch = lanePitch(lanes);
  if (lanes > 1) {
    const spare = Math.max(0, ROW_HEIGHT - lanes * pitch - 2 * ROW_PADDING) / 2;
    return { top: ROW_PADDING + spare + lane * pitch + (hasBaseline ? 2 : 0), height: pitch - 1 };
  }
  if (hasBaseline)
    return { top: BELOW_BASELINE, height: isParent ? LEAST_BELOW_BASELINE - 4 : LEAST_BELOW_BASELINE };
  return isParent ? { top: ROW_PADDING + 2, height: pitch - 4 } : { top: ROW_PADDING, height: pitch };
}
