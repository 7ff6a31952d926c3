// The instant under the pointer, up to two instants that were marked, and the time between them.

import { duration } from "../format.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./surface.js").Surface} Surface */

const PADDING = 4;
const LABEL_HEIGHT = 16;

/**
 * Lines through the bars.
 * @param {Surface} surface
 * @param {Frame} frame
 */
export function drawLines({ context, height, width }, { scale, theme, marks, pointer, model }) {
  const [first, second] = marks.map((mark) => scale.x(model.first + mark * 1e9));
  if (second !== undefined) {
    context.fillStyle = theme.shade;
    context.fillRect(Math.min(first, second), 0, Math.abs(second - first), height);
  }
  context.fillStyle = theme.accent;
  for (const x of [first, second]) if (x >= 0 && x <= width) context.fillRect(Math.round(x), 0, 1, height);
  if (pointer === null) return;
  context.fillStyle = theme.muted;
  context.fillRect(Math.round(pointer), 0, 1, height);
}

/**
 * What the lines stand for, on the axis.
 * @param {Surface} surface
 * @param {Frame} frame
 */
export function drawLabels(surface, frame) {
  const { scale, theme, marks, pointer, model } = frame;
  for (const mark of marks)
    label(surface, frame, scale.x(model.first + mark * 1e9), offset(mark * 1e9), theme.accent);
  const [first, second] = marks;
  if (second !== undefined) {
    const middle = scale.x(model.first + ((first + second) / 2) * 1e9);
    label(surface, frame, middle, `Δ ${duration(Math.abs(second - first) * 1e9)}`, theme.ink);
  }
  if (pointer !== null) label(surface, frame, pointer, pointerWords(frame, pointer), theme.muted);
}

/** @param {number} nanoseconds */
function offset(nanoseconds) {
  return nanoseconds < 0 ? `−${duration(-nanoseconds)}` : `+${duration(nanoseconds)}`;
}

/**
 * The time under the pointer, and since the mark if there is just one.
 * @param {Frame} frame
 * @param {number} x
 */
function pointerWords({ scale, marks, model }, x) {
  const time = scale.time(x) - model.first;
  const since = marks.length === 1 ? `  Δ ${duration(Math.abs(time - marks[0] * 1e9))}` : "";
  return `${offset(time)}${since}`;
}

/**
 * @param {Surface} surface
 * @param {Frame} frame
 * @param {number} x
 * @param {string} text
 * @param {string} colour
 */
function label({ context, width, height }, { theme }, x, text, colour) {
  if (x < 0 || x > width) return;
  context.font = theme.font;
  const wide = context.measureText(text).width + 2 * PADDING;
  const left = Math.max(0, Math.min(x - wide / 2, width - wide));
  const top = (height - LABEL_HEIGHT) / 2;
  context.fillStyle = colour;
  context.fillRect(left, top, wide, LABEL_HEIGHT);
  context.fillStyle = theme.paper;
  context.textBaseline = "middle";
  context.fillText(text, left + PADDING, height / 2 + 0.5);
}
