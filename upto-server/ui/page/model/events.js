// The events of a timeline as columns, found again by their identity.

import { grown, trimmed, widened } from "./columns.js";
import { Identities } from "./identities.js";

/** @typedef {import("../api/types.js").ApiEvent} ApiEvent */
/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./identities.js").Identity} Identity */

/** What is told of few events, or needed for few. @typedef {Pick<ApiEvent, "attributes" | "message" | "truncated">} Details */

const TWO_32 = 2 ** 32;

/**
 * An id in two halves of 32 bits.
 * @param {number | string} id A text where a number would lose digits.
 * @returns {[low: number, high: number]}
 */
export function halvesOf(id) {
  if (typeof id === "number") return [id % TWO_32, Math.floor(id / TWO_32)];
  const value = BigInt(id);
  return [Number(value & 0xffffffffn), Number(value >> 32n)];
}

/** A table of events. An index is given once and never changes its meaning. */
export class EventTable {
  #identities = new Identities(this);
  /** What times were rounded down to when they were fetched, in nanoseconds. */
  grain = 1;
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
  /** Index into the hosts; -1 for none. As wide as the greatest one needs: most timelines have few hosts. */
  host = /** @type {Int8Array | Int16Array | Int32Array} */ (new Int8Array(0));
  /** The lane within its row. */
  lane = new Uint8Array(0);
  /** The id's lower 32 bits. */
  idLow = new Uint32Array(0);
  /** @type {Uint32Array | null} Its upper ones; null: all are 0, as those of small ids are. */
  #idHigh = null;
  /** @type {Map<number, Details>} Of those events that have any, as far as they were told. */
  details = new Map();

  /**
   * The index of an event that is there already, or -1.
   * @param {Identity} identity
   */
  find(identity) {
    return this.#identities.find(identity);
  }

  /**
   * Adds an event; its times and state are to be `set` next.
   * @param {number} node
   * @param {number} host
   * @param {number} low The id's lower 32 bits.
   * @param {number} high Its upper ones.
   * @returns {number} Its index.
   */
  add(node, host, low, high) {
    const index = this.length++;
    this.reserve(this.length);
    this.node[index] = node;
    this.host = widened(this.host, host);
    this.host[index] = host;
    this.idLow[index] = low;
    if (high !== 0) this.#idHigh ??= new Uint32Array(this.idLow.length);
    if (this.#idHigh) this.#idHigh[index] = high;
    return index;
  }

  /**
   * The upper 32 bits of an event's id; with the lower ones 0, none was given.
   * @param {number} index
   */
  idHighOf(index) {
    return this.#idHigh ? this.#idHigh[index] : 0;
  }

  /**
   * Which grain a time is in: what tells events without ids apart.
   * @param {number} time In nanoseconds from the base, which is a whole second.
   */
  grainOf(time) {
    return this.grain === 1 ? time : Math.floor(time / this.grain);
  }

  /** Makes room for so many events in all. @param {number} needed */
  reserve(needed) {
    if (needed > this.start.length) this.#resize((column) => grown(column, needed));
  }

  /** Gives back the room that is left: few events come once a timeline has been fetched. */
  trim() {
    this.#resize((column) => trimmed(column, this.length));
  }

  /** @param {<T extends Column>(column: T) => T} resized */
  #resize(resized) {
    this.start = resized(this.start);
    this.end = resized(this.end);
    this.state = resized(this.state);
    this.node = resized(this.node);
    this.host = resized(this.host);
    this.lane = resized(this.lane);
    this.idLow = resized(this.idLow);
    this.#idHigh &&= resized(this.#idHigh);
  }

  /**
   * Sets what may change of an event.
   * @param {number} index
   * @param {number} start NaN where unknown.
   * @param {number} end NaN while open.
   * @param {number} state A value of `State`.
   */
  set(index, start, end, state) {
    this.start[index] = start;
    this.end[index] = end;
    this.state[index] = state;
  }

  /**
   * Keeps what an event says beside its times.
   * @param {number} index
   * @param {Details} details
   */
  describe(index, { attributes, message, truncated }) {
    const isSilent = attributes === undefined && message === undefined && truncated === undefined;
    if (isSilent) this.details.delete(index);
    else this.details.set(index, { attributes, message, truncated });
  }

  /**
   * An event's id in digits; `0` where none was given.
   * @param {number} index
   */
  idOf(index) {
    const high = this.idHighOf(index);
    if (high < 2 ** 21) return String(high * TWO_32 + this.idLow[index]);
    return String((BigInt(high) << 32n) | BigInt(this.idLow[index]));
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
