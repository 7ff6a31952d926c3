// The events of a timeline as columns, found again by their identity.

import { grown } from "./columns.js";

/** @typedef {import("../api/types.js").ApiEvent} ApiEvent */

/** The states as numbers, for the column. The order is that of urgency: the least first. */
export const State = Object.freeze({ done: 0, point: 1, cancelled: 2, unknown_start: 3, open: 4, failed: 5 });

/** @type {readonly (keyof typeof State)[]} */
export const STATE_NAMES = ["done", "point", "cancelled", "unknown_start", "open", "failed"];

/** What only a tooltip needs. @typedef {Pick<ApiEvent, "id" | "attributes" | "message">} Details */

/**
 * What makes two messages about events the same event: name, host and id, and the time too where
 * the sender gave no id or where it is a point. The lengths make the text unambiguous whatever a
 * name contains.
 * @param {ApiEvent} event
 * @returns {string}
 */
export function identityOf(event) {
  const host = event.host ?? "";
  const timed = event.id === 0 || event.state === "point";
  const time = timed ? (event.start ?? event.end) : "";
  return `${event.id} ${time} ${event.name.length} ${event.name}${host}`;
}

/** A table of events. An index is given once and never changes its meaning. */
export class EventTable {
  /** @type {Map<string, number>} */
  #byIdentity = new Map();
  /** How many there are. */
  length = 0;
  /** Start in nanoseconds from the base; NaN where it is unknown. */
  start = new Float64Array(0);
  /** End likewise; NaN where the event is open. */
  end = new Float64Array(0);
  /** A value of `State`. */
  state = new Uint8Array(0);
  /** Index of its name in the tree. */
  node = new Uint32Array(0);
  /** Index into the hosts; -1 for none. */
  host = new Int32Array(0);
  /** The lane within its row. */
  lane = new Uint8Array(0);
  /** @type {Details[]} */
  details = [];

  /**
   * The index of an event that is there already, or -1.
   * @param {string} identity
   */
  find(identity) {
    return this.#byIdentity.get(identity) ?? -1;
  }

  /**
   * Adds an event with its identity; its values are to be `set` next.
   * @param {string} identity
   * @param {number} node
   * @param {number} host
   * @returns {number} Its index.
   */
  add(identity, node, host) {
    const index = this.length++;
    this.#grow(this.length);
    this.#byIdentity.set(identity, index);
    this.node[index] = node;
    this.host[index] = host;
    return index;
  }

  /** @param {number} needed */
  #grow(needed) {
    this.start = grown(this.start, needed);
    this.end = grown(this.end, needed);
    this.state = grown(this.state, needed);
    this.node = grown(this.node, needed);
    this.host = grown(this.host, needed);
    this.lane = grown(this.lane, needed);
  }

  /**
   * Sets what may change of an event.
   * @param {number} index
   * @param {number} start NaN where unknown.
   * @param {number} end NaN while open.
   * @param {ApiEvent} event
   */
  set(index, start, end, event) {
    this.start[index] = start;
    this.end[index] = end;
    this.state[index] = State[event.state] ?? State.done;
    const { id, attributes, message } = event;
    this.details[index] = { id, attributes, message };
  }

  /**
   * Where an event begins on the picture: an unknown start counts as its end.
   * @param {number} index
   */
  from(index) {
    const start = this.start[index];
    return Number.isNaN(start) ? this.end[index] : start;
  }

  /**
   * Where it ends on the picture while the clock is at `now`.
   * @param {number} index
   * @param {number} now
   */
  until(index, now) {
    const end = this.end[index];
    return Number.isNaN(end) ? Math.max(now, this.start[index]) : end;
  }
}
