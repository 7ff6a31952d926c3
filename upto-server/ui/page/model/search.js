// Binary search.

/**
 * How many places from 0 on satisfy a condition that none satisfies after the first that does not.
 * @param {number} length
 * @param {(at: number) => boolean} holds
 * @returns {number}
 */
export function partition(length, holds) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
