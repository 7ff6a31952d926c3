// What one does on the axis and on the minimap: a drag chooses a range, a wheel zooms, a double click shows all.

import { RangeDrag } from "./range-drag.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./scale.js").Scale} Scale */

/**
 * What they do it to. Times are nanoseconds from the base.
 * @typedef {object} RangeActions
 * @property {() => Frame | null} frame What is drawn.
 * @property {(frame: Frame) => Scale} whole The minimap's scale.
 * @property {(from: number, to: number) => void} choose
 * @property {(by: number) => void} move
 * @property {(left: number, right: number) => void} preview Places on the axis; equal ones: no longer.
 * @property {(factor: number, part: number) => void} zoom
 * @property {() => void} fit
 */

/** How much a notch of the wheel zooms. */
const NOTCH = 0.2;

/**
 * @param {HTMLElement} axis
 * @param {HTMLElement} minimap
 * @param {RangeActions} actions
 */
export function listenToRanges(axis, minimap, actions) {
  const { frame, choose, move, preview } = actions;
  new RangeDrag(axis, {
    time: (x) => frame()?.scale.time(x) ?? null,
    isWithin: () => false,
    choose,
    move,
    preview,
  });
  new RangeDrag(minimap, {
    time: (x) => timeOn(actions, x),
    isWithin: (x) => isLookedAt(actions, x),
    choose,
    move,
    preview,
  });
  for (const each of [axis, minimap]) {
    each.addEventListener("dblclick", () => actions.fit());
    each.addEventListener("wheel", (event) => onWheel(each, event, actions), { passive: false });
  }
}

/**
 * The instant at a place of the minimap.
 * @param {RangeActions} actions
 * @param {number} x
 */
function timeOn({ frame, whole }, x) {
  const drawn = frame();
  return drawn && whole(drawn).time(x);
}

/**
 * Whether a place of the minimap is within what is looked at, and that is not all.
 * @param {RangeActions} actions
 * @param {number} x
 */
function isLookedAt(actions, x) {
  const drawn = actions.frame();
  const time = timeOn(actions, x);
  if (!drawn || time === null) return false;
  const whole = actions.whole(drawn);
  const isAll = drawn.scale.from <= whole.from && drawn.scale.to >= whole.to;
  return !isAll && time >= drawn.scale.from && time <= drawn.scale.to;
}

/**
 * There are no rows to scroll, so it zooms.
 * @param {HTMLElement} element
 * @param {WheelEvent} event
 * @param {RangeActions} actions
 */
function onWheel(element, event, { zoom }) {
  event.preventDefault();
  const { left, width } = element.getBoundingClientRect();
  zoom(Math.exp(Math.sign(event.deltaY) * NOTCH), (event.clientX - left) / Math.max(width, 1));
}
