// The model of one timeline: its events, its names and what the picture has to know of them. It
// takes events as they come, whole and in any order, and changes only what they touch.

import { EventTable, State, identityOf } from "./events.js";
import { instantOf, secondsOf } from "./instant.js";
import { Lanes } from "./lanes.js";
import { NameTree } from "./tree.js";

/** @typedef {import("../api/types.js").ApiEvent} ApiEvent */

/** A timeline's events, taken in as they arrive. */
export class TimelineModel {
  /** The second that all times count from: that of the first event that came. NaN before it. */
  base = NaN;
  events = new EventTable();
  tree = new NameTree();
  /** @type {string[]} */
  hosts = [];
  /** @type {Map<string, number>} */
  #hostIndex = new Map();
  /** @type {Set<number>} Names whose lanes have changed. */
  #stale = new Set();
  #shrunk = false;
  /** When anything was first and last seen, in nanoseconds from the base; infinite before. */
  first = Infinity;
  last = -Infinity;
  /** How many events are open. */
  open = 0;
  /** Grows when rows come, go, move or change their height. */
  structure = 0;
  /** Grows with every change. */
  version = 0;

  /**
   * Until when the picture reaches while the clock is at `now`.
   * @param {number} now
   */
  until(now) {
    return this.open > 0 ? Math.max(now, this.last) : this.last;
  }

  /**
   * Takes events in, new ones and changed ones alike, and settles what they have disturbed.
   * @param {readonly ApiEvent[]} events
   * @throws {RangeError} when one has a time that is none
   */
  apply(events) {
    for (const event of events) this.#take(event);
    this.#settle();
  }

  /** @param {ApiEvent} event */
  #take(event) {
    const anchor = event.start ?? event.end;
    if (anchor === null) return;
    if (Number.isNaN(this.base)) this.base = secondsOf(anchor);
    const start = event.start === null ? NaN : instantOf(event.start, this.base);
    const end = event.end === null ? NaN : instantOf(event.end, this.base);
    const identity = identityOf(event);
    const known = this.events.find(identity);
    if (known < 0) this.#add(identity, start, end, event);
    else this.#change(known, start, end, event);
    this.version++;
  }

  /**
   * @param {string} identity
   * @param {number} start
   * @param {number} end
   * @param {ApiEvent} event
   */
  #add(identity, start, end, event) {
    const { events, tree } = this;
    const node = tree.intern(event.name);
    const host = this.#internHost(event.host);
    const index = events.add(identity, node, host);
    events.set(index, start, end, event);
    tree.tally(events, index, 1);
    tree.extend(events, index);
    tree.addHost(node, host);
    const lanes = (tree.lanes[node] ??= new Lanes());
    lanes.add(events, index);
    this.#stale.add(node);
    this.structure++;
  }

  /**
   * @param {number} index
   * @param {number} start
   * @param {number} end
   * @param {ApiEvent} event
   */
  #change(index, start, end, event) {
    const { events, tree } = this;
    const from = events.from(index);
    const until = events.until(index, -Infinity);
    tree.tally(events, index, -1);
    events.set(index, start, end, event);
    tree.tally(events, index, 1);
    tree.extend(events, index);
    if (events.from(index) > from || events.until(index, -Infinity) < until) this.#shrunk = true;
    const node = events.node[index];
    tree.lanes[node]?.change(events, index, events.from(index) !== from);
    this.#stale.add(node);
  }

  /** @param {string | undefined} host */
  #internHost(host) {
    if (host === undefined) return -1;
    const known = this.#hostIndex.get(host);
    if (known !== undefined) return known;
    this.#hostIndex.set(host, this.hosts.length);
    return this.hosts.push(host) - 1;
  }

  #settle() {
    const { events, tree } = this;
    if (this.#shrunk) {
      tree.extendAll(events);
      this.structure++;
      this.#shrunk = false;
    }
    for (const node of this.#stale) this.#settleLanes(node);
    this.#stale.clear();
    tree.settle();
    this.#sum();
  }

  #sum() {
    const { first, last, open, roots } = this.tree;
    this.first = roots.reduce((least, root) => Math.min(least, first[root]), Infinity);
    this.last = roots.reduce((most, root) => Math.max(most, last[root]), -Infinity);
    this.open = roots.reduce((sum, root) => sum + open[root], 0);
  }

  /** @param {number} node */
  #settleLanes(node) {
    const lanes = this.tree.lanes[node];
    if (!lanes) return;
    const before = lanes.lanes.length;
    lanes.settle(this.events);
    if (lanes.lanes.length !== before) this.structure++;
  }

  /**
   * The hosts a row speaks of: where events of exactly this name ran, or, for an ancestor that is
   * only implied, where anything below it did.
   * @param {number} node
   * @returns {number | Set<number>} -1 for none.
   */
  hostsOf(node) {
    const own = this.tree.ownHosts[node];
    return own === -1 && this.tree.own[node] === 0 ? this.tree.hosts[node] : own;
  }

  /**
   * What is out of the ordinary in a row and below it: open, failed, without a known start.
   * @param {number} node
   * @returns {number[]} Values of `State`.
   */
  states(node) {
    const { open, failed, unknown } = this.tree;
    const states = [];
    if (open[node] > 0) states.push(State.open);
    if (failed[node] > 0) states.push(State.failed);
    if (unknown[node] > 0) states.push(State.unknown_start);
    return states;
  }
}
