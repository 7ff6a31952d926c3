// Times as the API writes them (RFC 3339, UTC, up to nine digits of a second) and as the page
// reckons with them: nanoseconds since a base second, as one number. It is exact for 104 days
// around the base; beyond, the last digits are rounded.

const SECONDS_END = 19;

/**
 * The whole seconds since the epoch.
 * @param {string} text
 * @returns {number}
 * @throws {RangeError} when it is not such a time
 */
export function secondsOf(text) {
  const milliseconds = Date.parse(`${text.slice(0, SECONDS_END)}Z`);
  if (Number.isNaN(milliseconds) || !text.endsWith("Z"))
    throw new RangeError(`not a time: ${text.slice(0, 60)}`);
  return milliseconds / 1000;
}

/**
 * The nanoseconds within the second.
 * @param {string} text
 * @returns {number}
 */
function fractionOf(text) {
  const digits = text.slice(SECONDS_END + 1, -1);
  return digits === "" ? 0 : Number(digits.padEnd(9, "0").slice(0, 9));
}

/**
 * Nanoseconds from the base second to the time.
 * @param {string} text
 * @param {number} base In seconds since the epoch.
 * @returns {number}
 * @throws {RangeError} when it is not such a time
 */
export function instantOf(text, base) {
  return (secondsOf(text) - base) * 1e9 + fractionOf(text);
}

/** @param {number} value @param {number} width */
function digits(value, width) {
  return String(value).padStart(width, "0");
}

/**
 * Minutes as `+01:00`.
 * @param {number} minutes East of Greenwich.
 */
function zone(minutes) {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${digits(Math.floor(size / 60), 2)}:${digits(size % 60, 2)}`;
}

/**
 * An instant in this computer's time zone, to the nanosecond: `2026-11-21 03:47:39.123456789 +01:00`.
 * @param {number} instant In nanoseconds from the base second.
 * @param {number} base In seconds since the epoch.
 * @returns {string}
 */
export function localTime(instant, base) {
  const seconds = Math.floor(instant / 1e9);
  const date = new Date((base + seconds) * 1000);
  const day = [digits(date.getFullYear(), 4), digits(date.getMonth() + 1, 2), digits(date.getDate(), 2)].join(
    "-",
  );
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => digits(part, 2))
    .join(":");
  return `${day} ${time}.${digits(Math.round(instant - seconds * 1e9), 9)} ${zone(-date.getTimezoneOffset())}`;
}

/**
 * An instant as the API writes it: `2026-11-21T02:47:39.123456789Z`.
 * @param {number} instant In nanoseconds from the base second.
 * @param {number} base In seconds since the epoch.
 * @returns {string}
 */
export function utcTime(instant, base) {
  const seconds = Math.floor(instant / 1e9);
  const whole = new Date((base + seconds) * 1000).toISOString().slice(0, -5);
  return `${whole}.${digits(Math.round(instant - seconds * 1e9), 9)}Z`;
}
