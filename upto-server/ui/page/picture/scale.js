// The time scale: which instants the picture's width shows. Times are nanoseconds, places CSS pixels.

/** Deeper than this nothing new is to be seen: less than a nanosecond to a pixel. */
const MIN_SPAN = 1000;
/** What a timeline of a single instant is given to be seen in. */
const EMPTY_SPAN = 1e9;
/** The part of the width that is left free after the end, so that it can be seen to be the end. */
const MARGIN = 0.02;
/** The part of the width that has to go on showing the timeline, wherever one pans. */
const KEPT = 0.1;

/** @typedef {{from: number, to: number}} Range */

/** A range of time over a width. */
export class Scale {
  /**
   * @param {Range} range
   * @param {number} width
   */
  constructor({ from, to }, width) {
    this.from = from;
    this.to = to;
    this.width = width;
    this.perPixel = (to - from) / Math.max(width, 1);
  }

  /** @param {number} time */
  x(time) {
    return (time - this.from) / this.perPixel;
  }

  /** @param {number} x */
  time(x) {
    return this.from + x * this.perPixel;
  }
}

/**
 * The range that shows everything.
 * @param {number} first
 * @param {number} last
 * @returns {Range}
 */
export function fitting(first, last) {
  const span = last > first ? last - first : EMPTY_SPAN;
  return { from: first - span * MARGIN * 0.25, to: first + span * (1 + MARGIN) };
}

/**
 * The range after zooming around an instant that stays where it is. Null when that would show more
 * than everything.
 * @param {Range} range
 * @param {number} around
 * @param {number} factor Above 1 zooms out.
 * @param {Range} whole
 * @param {number} grain What times are rounded to, in nanoseconds: there is nothing to be seen between.
 * @returns {Range | null}
 */
export function zoomed(range, around, factor, whole, grain = 1) {
  const span = Math.max(MIN_SPAN * grain, (range.to - range.from) * factor);
  if (span >= whole.to - whole.from) return null;
  const part = (around - range.from) / (range.to - range.from);
  const from = around - part * span;
  return kept({ from, to: from + span }, whole);
}

/**
 * The range moved along.
 * @param {Range} range
 * @param {number} by
 * @param {Range} whole
 * @returns {Range}
 */
export function panned(range, by, whole) {
  return kept({ from: range.from + by, to: range.to + by }, whole);
}

/**
 * Moves a range back to where there is something to see.
 * @param {Range} range
 * @param {Range} whole
 * @returns {Range}
 */
function kept({ from, to }, whole) {
  const span = to - from;
  const least = whole.from - span * (1 - KEPT);
  const most = whole.to - span * KEPT;
  const start = Math.min(Math.max(from, least), most);
  return { from: start, to: start + span };
}
