// One frame of the picture: everything that its parts need to draw themselves, worked out once.

import { lanePitch, ROW_HEIGHT, ROW_PADDING } from "../model/rows.js";

/** @typedef {import("../model/rows.js").Rows} Rows */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
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
 */

/** @typedef {{row: number, node: number, top: number, height: number}} SeenRow */

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
    seen.push({ row, node: rows.nodes[row], top, height: rows.tops[row + 1] - rows.tops[row] });
  }
  return seen;
}

/**
 * Where the bars of a lane are within their row. A parent's are thinner than those of what it spans.
 * @param {number} lane
 * @param {number} lanes
 * @param {boolean} isParent
 * @returns {{top: number, height: number}} Relative to the row.
 */
export function laneBox(lane, lanes, isParent) {
  const pitch = lanePitch(lanes);
  if (lanes > 1) {
    const spare = Math.max(0, ROW_HEIGHT - lanes * pitch - 2 * ROW_PADDING) / 2;
    return { top: ROW_PADDING + spare + lane * pitch, height: pitch - 1 };
  }
  return isParent ? { top: ROW_PADDING + 2, height: pitch - 4 } : { top: ROW_PADDING, height: pitch };
}
