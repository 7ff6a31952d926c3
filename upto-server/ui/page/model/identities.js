// Finds an event by what it is: name, host and id, and the time too where the sender gave no id or where it is a point.
// A hash table of indices over the columns, made when the first event is looked for: a timeline that
// has ended needs none.

import { State } from "./states.js";

/** @typedef {import("./events.js").EventTable} EventTable */

/**
 * What an event is.
 * @typedef {object} Identity
 * @property {number} node
 * @property {number} host
 * @property {number} low The id's lower 32 bits.
 * @property {number} high Its upper ones.
 * @property {number} time When it began, else when it ended, in grains; NaN where the id says enough.
 */

const LEAST_SLOTS = 64;
const TWO_32 = 2 ** 32;

/**
 * @param {number} hash
 * @param {number} value A whole number of 32 bits.
 */
function mixed(hash, value) {
  const next = Math.imul(hash ^ value, 0x9e3779b1);
  return next ^ (next >>> 15);
}

/** @param {Identity} identity */
function hashOf({ node, host, low, high, time }) {
  const hash = mixed(mixed(mixed(mixed(0x2545f491, node), host), low), high);
  return Number.isNaN(time) ? hash : mixed(mixed(hash, (time % TWO_32) | 0), Math.floor(time / TWO_32) | 0);
}

export class Identities {
  #table;
  /** Indices, each one greater than it is; 0: nothing. */
  #slots = new Int32Array(0);
  #count = 0;

  /** @param {EventTable} table */
  constructor(table) {
    this.#table = table;
  }

  /**
   * The index of an event that is there already, or -1.
   * @param {Identity} identity
   */
  find(identity) {
    while (this.#count < this.#table.length) this.#insert(this.#count++);
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(identity) & mask; mask >= 0; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] - 1;
      if (index < 0 || this.#is(index, identity)) return index;
    }
    return -1;
  }

  /** @param {number} index */
  #insert(index) {
    if ((this.#count + 1) * 2 > this.#slots.length) this.#grow();
    else this.#place(index);
  }

  /** Makes room for all events that the table has by now. */
  #grow() {
    const { length } = this.#table;
    let size = Math.max(LEAST_SLOTS, this.#slots.length * 2);
    while (size < length * 2) size *= 2;
    this.#slots = new Int32Array(size);
    this.#count = length;
    for (let index = 0; index < length; index++) this.#place(index);
  }

  /** @param {number} index */
  #place(index) {
    const mask = this.#slots.length - 1;
    let slot = hashOf(this.#of(index)) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index + 1;
  }

  /**
   * @param {number} index
   * @returns {Identity}
   */
  #of(index) {
    const { node, host, idLow, state } = this.#table;
    const low = idLow[index];
    const high = this.#table.idHighOf(index);
    const isTimed = (low === 0 && high === 0) || state[index] === State.point;
    const time = isTimed ? this.#table.grainOf(this.#table.from(index)) : NaN;
    return { node: node[index], host: host[index], low, high, time };
  }

  /**
   * @param {number} index
   * @param {Identity} wanted
   */
  #is(index, wanted) {
    const { node, host, low, high, time } = this.#of(index);
    const isSame = node === wanted.node && host === wanted.host && low === wanted.low && high === wanted.high;
    return isSame && (time === wanted.time || (Number.isNaN(time) && Number.isNaN(wanted.time)));
  }
}
