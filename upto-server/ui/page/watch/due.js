// When a heartbeat is to pulse, in words that count down.

import { wholeSeconds } from "../format.js";
import { watch as words } from "../texts.js";

/** @typedef {import("./types.js").HeartbeatFields} HeartbeatFields */

/** By urgency, the most urgent first. */
const RANKS = ["dead", "late", "new", "up", "paused", "cancelled"];

/**
 * When it is to pulse, or since when it is as it is.
 * @param {Pick<HeartbeatFields, "state" | "since" | "expected" | "deadline">} heartbeat
 * @param {number} now In milliseconds since the epoch, by the server's clock.
 */
export function dueWords({ state, since, expected, deadline }, now) {
  if (state === "dead") return words.since(wholeSeconds(now - Date.parse(since)));
  if (expected === null || deadline === null) return "";
  const left = Date.parse(expected) - now;
  if (left > 0) return words.within(wholeSeconds(left));
  const grace = Date.parse(deadline) - now;
  return grace > 0 ? words.late(wholeSeconds(-left), wholeSeconds(grace)) : words.due;
}

/**
 * The dead ones first, then those that are late; else by name.
 * @param {HeartbeatFields} left
 * @param {HeartbeatFields} right
 */
export function byUrgency(left, right) {
  const rank = RANKS.indexOf(left.state) - RANKS.indexOf(right.state);
  return rank || compare(left.service, right.service) || compare(left.run, right.run);
}

/**
 * @param {string} left
 * @param {string} right
 */
function compare(left, right) {
  return left < right ? -1 : left > right ? 1 : 0;
}
