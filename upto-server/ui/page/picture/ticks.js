// The marks of the time axis: at round times since the timeline's start.

const SECOND = 1e9;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps from a second upwards; below, and beyond the last one, they go 1, 2, 5, 10. */
const CLOCK_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  DAY,
];

/**
 * The least of 1, 2, 5, 10 … times a unit that is not below a value.
 * @param {number} least
 * @param {number} unit
 */
function decimalStep(least, unit) {
  const power = unit * 10 ** Math.floor(Math.log10(least / unit));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10;
  return Math.max(factor * power, 1);
}

/**
 * The smallest round step, in nanoseconds, that is not below a value.
 * @param {number} least
 * @returns {number}
 */
export function roundStep(least) {
  if (least < SECOND) return decimalStep(least, 1);
  return CLOCK_STEPS.find((step) => step >= least) ?? decimalStep(least, DAY);
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, "0");
}

/**
 * How many digits after the point tell multiples of a step apart, in a unit.
 * @param {number} step
 * @param {number} unit
 */
function decimals(step, unit) {
  return Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
}

/**
 * @param {number} time Not negative.
 * @param {number} step
 */
function clock(time, step) {
  const fraction = decimals(step, SECOND);
  const minutes = Math.floor(time / MINUTE);
  const seconds = ((time - minutes * MINUTE) / SECOND)
    .toFixed(fraction)
    .padStart(fraction ? fraction + 3 : 2, "0");
  if (minutes < 60) return `${minutes}:${seconds}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}:${two(minutes % 60)}:${seconds}`;
  const days = Math.floor(hours / 24);
  return `${days}d ${two(hours % 24)}:${two(minutes % 60)}${step < MINUTE ? `:${seconds}` : ""}`;
}

/**
 * How a mark is written. All marks of one axis are written alike, so that they can be compared.
 * @param {number} time Nanoseconds since the timeline's start.
 * @param {number} step The axis' step.
 * @param {number} largest The largest time on the axis; it decides on the unit.
 * @returns {string}
 */
export function tickLabel(time, step, largest) {
  const sign = time < 0 ? "-" : "";
  const size = Math.abs(time);
  if (largest >= MINUTE) return sign + clock(size, step);
  const [unit, name] =
    largest >= SECOND
      ? [SECOND, "s"]
      : largest >= 1e6
        ? [1e6, "ms"]
        : largest >= 1e3
          ? [1e3, "µs"]
          : [1, "ns"];
  return `${sign}${(size / unit).toFixed(decimals(step, unit))} ${name}`;
}

/** @typedef {{time: number, label: string}} Tick */

/**
 * The marks between two times, at least `spacing` apart and further if their labels need it.
 * @param {number} from Nanoseconds since the timeline's start.
 * @param {number} to Likewise.
 * @param {number} width In CSS pixels.
 * @param {number} spacing In CSS pixels.
 * @param {(label: string) => number} measure The width of a label in CSS pixels.
 * @returns {Tick[]}
 */
export function ticks(from, to, width, spacing, measure) {
  const perPixel = (to - from) / Math.max(width, 1);
  const largest = Math.max(Math.abs(from), Math.abs(to));
  let step = roundStep(spacing * perPixel);
  const needed = measure(tickLabel(largest, step, largest)) + 16;
  if (needed * perPixel > step) step = roundStep(needed * perPixel);
  const marks = [];
  for (let at = Math.ceil(from / step); at * step <= to; at++) {
    marks.push({ time: at * step, label: tickLabel(at * step, step, largest) });
  }
  return marks;
}
