// Values of checks as people read them.

const PREFIXES = ["", "k", "M", "G", "T"];

/** @param {number} value */
function rounded(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/**
 * A value with its unit: `37.5 %`, `2.5 MB/s`.
 * @param {number} value
 * @param {string} unit
 */
export function amount(value, unit) {
  if (unit !== "bytes/s") return unit === "" ? rounded(value) : `${rounded(value)} ${unit}`;
  let [scaled, step] = [value, 0];
  while (scaled >= 1000 && step < PREFIXES.length - 1) [scaled, step] = [scaled / 1000, step + 1];
  return `${rounded(scaled)} ${PREFIXES[step]}B/s`;
}
