// Columns that grow: plain typed arrays, enlarged by half when they are full.

/** @typedef {Float64Array | Int32Array | Uint32Array | Uint8Array} Column */

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
