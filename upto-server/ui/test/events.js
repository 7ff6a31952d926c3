// Events as the API tells them, for tests.

/** @typedef {import("../page/api/types.js").ApiEvent} ApiEvent */

const BASE = Date.parse("2026-11-21T00:00:00Z");

/** @param {number | null} seconds */
function time(seconds) {
  return seconds === null ? null : new Date(BASE + seconds * 1000).toISOString();
}

/**
 * An event from one second to another; null is what is not known.
 * @param {string} name
 * @param {number | null} start
 * @param {number | null} end
 * @param {Partial<ApiEvent>} more
 * @returns {ApiEvent}
 */
export function event(name, start, end, more = {}) {
  const state = end === null ? "open" : start === null ? "unknown_start" : "done";
  return { name, id: 0, start: time(start), end: time(end), state, ...more };
}
