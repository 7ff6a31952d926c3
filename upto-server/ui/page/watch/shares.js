// Many answers as few bars.

/** @typedef {import("./types.js").Outcome} Outcome */

/**
 * Consecutive answers, in so many parts at most, each with how long the longest of it took, beside the longest of all, and
 * how many of it failed.
 * @param {Outcome[]} outcomes
 * @param {number} most
 * @returns {{share: number, took: number, failed: number}[]}
 */
export function sharesOf(outcomes, most) {
  const each = Math.ceil(outcomes.length / most);
  const parts = [];
  for (let at = 0; at < outcomes.length; at += each) parts.push(outcomes.slice(at, at + each));
  const longest = (/** @type {Outcome[]} */ part) =>
    part.reduce((long, { latency_seconds: took }) => Math.max(long, took), 0);
  const all = longest(outcomes);
  return parts.map((part) => ({
    share: all > 0 ? longest(part) / all : 0,
    took: longest(part),
    failed: part.filter(({ problem }) => problem !== null).length,
  }));
}
