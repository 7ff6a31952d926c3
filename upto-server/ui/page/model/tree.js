// The names of a timeline as a tree, implied ancestors included, with sums that are kept up to
// date event by event. A parent's index is always smaller than its children's.

import { grown } from "./columns.js";
import { State } from "./states.js";
import { Lanes } from "./lanes.js";
import { splitName } from "./names.js";

/** @typedef {import("./events.js").EventTable} EventTable */
/** @typedef {number | Set<number>} Hosts One host's index (-1: none yet), or a set of several. */

/**
 * @param {Hosts} hosts
 * @param {number} host
 * @returns {Hosts}
 */
function withHost(hosts, host) {
  if (typeof hosts !== "number") return hosts.add(host);
  if (hosts === -1 || hosts === host) return host;
  return new Set([hosts, host]);
}

/** The tree of names. */
export class NameTree {
  /** @type {Map<string, number>} By parent's index and raw segment. */
  #index = new Map();
  length = 0;
  /** Grows when names come, or their order may have changed. */
  order = 0;
  /** @type {number[]} Names without ancestors. */
  roots = [];
  /** The parent's index; -1 for a root. */
  parent = new Int32Array(0);
  depth = new Uint32Array(0);
  /** When this or anything under it was first and last seen, in nanoseconds from the base. */
  first = new Float64Array(0);
  last = new Float64Array(0);
  /** How many events have exactly this name, and how many of them are open. */
  own = new Uint32Array(0);
  ownOpen = new Uint32Array(0);
  /** The sum of the durations of the own events that have ended, and of the starts of the open ones. */
  ownEnded = new Float64Array(0);
  ownStarts = new Float64Array(0);
  /** How many own events have a known duration or are open. */
  ownTimed = new Uint32Array(0);
  /** How many events here and below are open, failed, without a known start. */
  open = new Uint32Array(0);
  failed = new Uint32Array(0);
  unknown = new Uint32Array(0);
  /** @type {string[]} The segment as people read it. */
  segment = [];
  /** @type {string[]} The whole name, as sent. */
  name = [];
  /** @type {number[][]} */
  children = [];
  /** @type {Hosts[]} Hosts of the own events. */
  ownHosts = [];
  /** @type {Hosts[]} Hosts of everything here and below. */
  hosts = [];
  /** @type {(Lanes | undefined)[]} The own events; none for an ancestor that is only implied. */
  lanes = [];
  /** Siblings have to be put in order again (the roots: those of -1). @type {Set<number>} */
  #disordered = new Set();

  /**
   * The index of a name, which comes into being with its ancestors when it is new.
   * @param {string} name
   * @returns {number}
   */
  intern(name) {
    let parent = -1;
    for (const { text, raw, end } of splitName(name)) {
      const key = `${parent} ${raw}`;
      parent = this.#index.get(key) ?? this.#add(key, parent, text, name.slice(0, end));
    }
    return parent;
  }

  /**
   * The index of a name, or -1 where there is none.
   * @param {string} name
   * @returns {number}
   */
  find(name) {
    let parent = -1;
    for (const { raw } of splitName(name)) {
      const found = this.#index.get(`${parent} ${raw}`);
      if (found === undefined) return -1;
      parent = found;
    }
    return parent;
  }

  /**
   * Makes a row for a name that nothing is known of yet, where it is expected to begin.
   * @param {string} name
   * @param {number} begin In nanoseconds from the base.
   * @returns {boolean} Whether it was not there.
   */
  plan(name, begin) {
    const before = this.length;
    for (let node = this.intern(name); node >= 0 && this.isPlanned(node); node = this.parent[node]) {
      this.first[node] = Math.min(this.first[node], begin);
      this.#disordered.add(this.parent[node]);
    }
    return this.length > before;
  }

  /**
   * Whether nothing of a name, or below it, has happened yet.
   * @param {number} node
   */
  isPlanned(node) {
    return this.last[node] === -Infinity;
  }

  /**
   * @param {string} key
   * @param {number} parent
   * @param {string} segment
   * @param {string} name
   */
  #add(key, parent, segment, name) {
    const node = this.length++;
    this.#grow(this.length);
    this.#index.set(key, node);
    this.parent[node] = parent;
    this.depth[node] = parent < 0 ? 0 : this.depth[parent] + 1;
    this.first[node] = Infinity;
    this.last[node] = -Infinity;
    this.segment.push(segment);
    this.name.push(name);
    this.children.push([]);
    this.ownHosts.push(-1);
    this.hosts.push(-1);
    this.lanes.push(undefined);
    this.#siblings(parent).push(node);
    this.#disordered.add(parent);
    return node;
  }

  /** @param {number} needed */
  #grow(needed) {
    this.parent = grown(this.parent, needed);
    this.depth = grown(this.depth, needed);
    this.first = grown(this.first, needed);
    this.last = grown(this.last, needed);
    this.own = grown(this.own, needed);
    this.ownOpen = grown(this.ownOpen, needed);
    this.ownEnded = grown(this.ownEnded, needed);
    this.ownStarts = grown(this.ownStarts, needed);
    this.ownTimed = grown(this.ownTimed, needed);
    this.open = grown(this.open, needed);
    this.failed = grown(this.failed, needed);
    this.unknown = grown(this.unknown, needed);
  }

  /** @param {number} parent */
  #siblings(parent) {
    return parent < 0 ? this.roots : this.children[parent];
  }

  /**
   * Counts an event in: `sign` 1 adds what the table says of it, -1 takes it away again.
   * @param {EventTable} table
   * @param {number} index
   * @param {1 | -1} sign
   */
  tally(table, index, sign) {
    const node = table.node[index];
    this.own[node] += sign;
    this.#tallyTimes(table, index, sign);
    const state = table.state[index];
    if (state < State.unknown_start) return;
    const column = state === State.failed ? this.failed : state === State.open ? this.open : this.unknown;
    for (let at = node; at >= 0; at = this.parent[at]) column[at] += sign;
  }

  /**
   * @param {EventTable} table
   * @param {number} index
   * @param {1 | -1} sign
   */
  #tallyTimes(table, index, sign) {
    const node = table.node[index];
    const start = table.start[index];
    if (Number.isNaN(start) || table.state[index] === State.point) return;
    this.ownTimed[node] += sign;
    if (table.state[index] === State.open) {
      this.ownOpen[node] += sign;
      this.ownStarts[node] += sign * start;
    } else {
      this.ownEnded[node] += sign * (table.end[index] - start);
    }
  }

  /**
   * Widens the extents of a name and its ancestors so that they hold an event.
   * @param {EventTable} table
   * @param {number} index
   */
  extend(table, index) {
    const from = table.from(index);
    const until = table.until(index, -Infinity);
    for (let node = table.node[index]; node >= 0; node = this.parent[node]) {
      if (from < this.first[node] || this.isPlanned(node)) {
        this.first[node] = from;
        this.#disordered.add(this.parent[node]);
      }
      if (until > this.last[node]) this.last[node] = until;
    }
  }

  /**
   * Makes every extent anew: needed when an event has come to begin later or end earlier.
   * @param {EventTable} table
   */
  extendAll(table) {
    this.first.fill(Infinity, 0, this.length);
    this.last.fill(-Infinity, 0, this.length);
    for (let index = 0; index < table.length; index++) this.extend(table, index);
    for (let node = -1; node < this.length; node++) this.#disordered.add(node);
  }

  /**
   * Takes note of where an event ran.
   * @param {number} node
   * @param {number} host -1 for none.
   */
  addHost(node, host) {
    if (host < 0) return;
    this.ownHosts[node] = withHost(this.ownHosts[node], host);
    for (let at = node; at >= 0; at = this.parent[at]) this.hosts[at] = withHost(this.hosts[at], host);
  }

  /** Puts siblings in the order of their beginning, where that has changed. */
  settle() {
    if (this.#disordered.size > 0) this.order++;
    for (const parent of this.#disordered) {
      const siblings = this.#siblings(parent);
      if (siblings.length > 1) siblings.sort((left, right) => this.#compare(left, right));
    }
    this.#disordered.clear();
  }

  /**
   * The earlier first; of two at once the one whose name sorts first, so that the order does not
   * depend on which was heard of first.
   * @param {number} left
   * @param {number} right
   */
  #compare(left, right) {
    return this.first[left] - this.first[right] || (this.name[left] < this.name[right] ? -1 : 1);
  }

  /**
   * The sum of the durations of the own events while the clock is at `now`; NaN if none is known.
   * @param {number} node
   * @param {number} now
   */
  total(node, now) {
    if (this.ownTimed[node] === 0) return NaN;
    return this.ownEnded[node] + this.ownOpen[node] * now - this.ownStarts[node];
  }

  /**
   * Until when this and everything below has been going on while the clock is at `now`.
   * @param {number} node
   * @param {number} now
   */
  until(node, now) {
    return this.open[node] > 0 ? Math.max(now, this.last[node]) : this.last[node];
  }
}
