// Numbers as people read them. Durations are nanoseconds throughout the page.

/** @param {number} value @param {number} width */
function digits(value, width) {
  return String(value).padStart(width, "0");
}

/**
 * At least three significant digits, without a trailing unit: 1.23, 12.3, 123.
 * @param {number} value Not negative.
 */
function significant(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @type {readonly [number, string][]} The units below a minute, each with where it ends, in nanoseconds. */
const SMALL_UNITS = [
  [999.5, "ns"],
  [999.5e3, "µs"],
  [999.5e6, "ms"],
  [59.95e9, "s"],
];

/**
 * A minute and more, in two units: `15m 18s`, `1h 07m`, `3d 04h`.
 * @param {number} nanoseconds
 */
function long(nanoseconds) {
  const seconds = Math.round(nanoseconds / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${digits(seconds % 60, 2)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${digits(minutes % 60, 2)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d ${digits(hours % 24, 2)}h`;
}

/**
 * A duration to about three digits: `850 ns`, `1.23 s`, `15m 18s`.
 * @param {number} nanoseconds
 * @returns {string}
 */
export function duration(nanoseconds) {
  if (nanoseconds < 0) return `-${duration(-nanoseconds)}`;
  // Nothing has no unit that suits it: what takes no time did not take nanoseconds.
  if (nanoseconds === 0) return "0 s";
  if (nanoseconds < 999.5) return `${nanoseconds.toFixed(0)} ns`;
  let scale = 1;
  for (const [end, unit] of SMALL_UNITS) {
    if (nanoseconds < end) return `${significant(nanoseconds / scale)} ${unit}`;
    scale *= 1000;
  }
  return long(nanoseconds);
}

/**
 * The duration of something that still runs: its digits change at most ten times a second, and it
 * never shows more than has passed.
 * @param {number} nanoseconds
 * @returns {string}
 */
export function runningDuration(nanoseconds) {
  const tenths = Math.floor(Math.max(0, nanoseconds) / 1e8);
  return tenths < 600 ? `${(tenths / 10).toFixed(1)} s` : long(Math.floor(tenths / 10) * 1e9);
}

/**
 * A duration in whole seconds, for what is counted down: `42 s`, `15m 18s`.
 * @param {number} milliseconds
 * @returns {string}
 */
export function wholeSeconds(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 60 ? `${seconds} s` : long(seconds * 1e9);
}

/**
 * A size: `850 B`, `1.23 MB`.
 * @param {number} value In bytes.
 * @returns {string}
 */
export function bytes(value) {
  let scaled = value;
  const units = ["B", "kB", "MB", "GB", "TB"];
  while (scaled >= 999.5 && units.length > 1) {
    scaled /= 1000;
    units.shift();
  }
  return `${scaled === value ? value : significant(scaled)} ${units[0]}`;
}

/**
 * A part of a whole, never more than it is: `100 %` is all of it.
 * @param {number} share 0 to 1.
 * @returns {string}
 */
export function partOf(share) {
  // What floats lose by a hair is no loss.
  return `${Math.floor(share * 10_000 + 1e-6) / 100} %`;
}

/**
 * A duration to the nanosecond, in seconds: `30.876543211 s`.
 * @param {number} nanoseconds
 * @returns {string}
 */
export function exactSeconds(nanoseconds) {
  const sign = nanoseconds < 0 ? "-" : "";
  const size = Math.round(Math.abs(nanoseconds));
  const fraction = digits(size % 1e9, 9).replace(/0+$/, "");
  return `${sign}${Math.floor(size / 1e9)}${fraction && "."}${fraction} s`;
}

/**
 * A count with its thousands set apart: `20,000`.
 * @param {number} value
 * @returns {string}
 */
export function count(value) {
  return value.toLocaleString("en");
}

/**
 * How long ago something was, in its largest unit: `5 minutes ago`.
 * @param {number} time In milliseconds since the epoch.
 * @param {number} now Likewise.
 * @returns {string}
 */
export function ago(time, now) {
  const seconds = (time - now) / 1000;
  /** @type {[number, Intl.RelativeTimeFormatUnit][]} */
  const units = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ];
  const [size, unit] = units.find(([each]) => Math.abs(seconds) >= each) ?? [1, "second"];
  return RELATIVE.format(Math.round(seconds / size), /** @type {Intl.RelativeTimeFormatUnit} */ (unit));
}

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
