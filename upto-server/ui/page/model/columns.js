// Columns that grow: plain typed arrays, enlarged by half when they are full.

/** @typedef {Float64Array | Int32Array | Int16Array | Int8Array | Uint32Array | Uint8Array} Column */

/**
 * Returns the column itself if it has no more room than this, else a copy that has not.
 * @template {Column} T
 * @param {T} column
 * @param {number} length
 * @returns {T}
 */
export function trimmed(column, length) {
  return length === column.length ? column : /** @type {T} */ (column.slice(0, length));
}

/**
 * Returns the column itself if it holds `needed` values, else a larger copy.
 * @template {Column} T
 * @param {T} column
 * @param {number} needed
 * @returns {T}
 */
export function grown(column, needed) {
  if (needed <= column.length) return column;
  const Kind = /** @type {new (length: number) => T} */ (column.constructor);
  const larger = new Kind(Math.max(needed, Math.ceil(column.length * 1.5), 16));
  larger.set(column);
  return larger;
}

/**
 * Returns the column itself if it can hold a value, else one with the same values that takes wider ones.
 * @param {Int8Array | Int16Array | Int32Array} column
 * @param {number} value A whole number of up to 32 bits.
 */
export function widened(column, value) {
  const bits = column.BYTES_PER_ELEMENT * 8 - 1;
  if (value < 2 ** bits) return column;
  return value < 2 ** 15 ? new Int16Array(column) : new Int32Array(column);
}
