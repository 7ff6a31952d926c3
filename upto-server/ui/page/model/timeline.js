// The model of one timeline: its events, its names and what the picture has to know of them. It
// takes events as they come, whole and in any order, and changes only what they touch.

import { EventTable, halvesOf } from "./events.js";
import { State } from "./states.js";
import { instantOf, secondsOf } from "./instant.js";
import { Lanes } from "./lanes.js";
import { escapeSegment, splitName } from "./names.js";
import { NameTree } from "./tree.js";

/** @typedef {import("../api/types.js").ApiEvent} ApiEvent */
/** @typedef {import("../state/view.js").Grouping} Grouping */

const SECOND = 1_000_000_000n;

/** A timeline's events, taken in as they arrive. */
export class TimelineModel {
  /** @type {Grouping} What rows there are. */
  grouping;
  /** @type {Map<number, string>} The names that rows of hosts below names stand for. */
  #ofHost = new Map();
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
  /** When it is expected to be done, likewise. */
  planned = -Infinity;
  /** How many events are open. */
  open = 0;
  /** Grows when rows come, go, move or change their height. */
  structure = 0;
  /** Grows with every change. */
  version = 0;

  /** @param {Grouping} grouping */
  constructor(grouping = "name") {
    this.grouping = grouping;
  }

  /**
   * Until when the picture reaches while the clock is at `now`.
   * @param {number} now
   */
  until(now) {
    return this.open > 0 ? Math.max(now, this.last, this.planned) : this.last;
  }

  /**
   * Takes events in, new ones and changed ones alike, and settles what they have disturbed.
   * @param {readonly ApiEvent[]} events
   * @throws {RangeError} when one has a time that is none
   */
  apply(events) {
    for (const event of events) this.#take(event);
    this.settle();
  }

  /** @param {ApiEvent} event */
  #take(event) {
    const anchor = event.start ?? event.end;
    if (anchor === null) return;
    if (Number.isNaN(this.base)) this.base = secondsOf(anchor);
    const start = event.start === null ? NaN : instantOf(event.start, this.base);
    const end = event.end === null ? NaN : instantOf(event.end, this.base);
    const state = State[event.state] ?? State.done;
    const identity = this.#identityOf(event, Number.isNaN(start) ? end : start);
    let index = this.events.find(identity);
    if (index < 0) {
      index = this.events.add(identity.node, identity.host, identity.low, identity.high);
      this.enter(index, start, end, state);
    } else {
      this.#change(index, start, end, state);
    }
    this.events.describe(index, event);
  }

  /**
   * What makes two messages about events the same event: name, host and id, and the time too where the sender gave no id
   * or where it is a point.
   * @param {ApiEvent} event
   * @param {number} time
   */
  #identityOf({ name, host, id, state }, time) {
    const [low, high] = halvesOf(id);
    const isTimed = (low === 0 && high === 0) || state === "point";
    const grain = isTimed ? this.events.grainOf(time) : NaN;
    const node = this.internName(name, host);
    return { node, host: this.internHost(host), low, high, time: grain };
  }

  /**
   * Keeps what events say beside their times; of those that are not there, nothing.
   * @param {readonly ApiEvent[]} events
   */
  describe(events) {
    for (const event of events) {
      const anchor = event.start ?? event.end;
      const isSilent = event.attributes === undefined && event.message === undefined && !event.truncated;
      if (anchor === null || isSilent) continue;
      const index = this.events.find(this.#identityOf(event, instantOf(anchor, this.base)));
      if (index >= 0) this.events.describe(index, event);
    }
    this.version++;
  }

  /**
   * Sets what all times count from, unless that is known already.
   * @param {bigint} nanoseconds Since the epoch.
   */
  begin(nanoseconds) {
    if (Number.isNaN(this.base)) this.base = Number(nanoseconds / SECOND);
  }

  /**
   * A time since the epoch as one from the base.
   * @param {bigint} nanoseconds
   */
  instantOfNanoseconds(nanoseconds) {
    return Number(nanoseconds - BigInt(this.base) * SECOND);
  }

  /**
   * The node of a name: below its host, or that host's below it, where rows are grouped so.
   * @param {string} name
   * @param {string | undefined} host
   */
  internName(name, host) {
    const node = this.tree.intern(this.#rowName(name, host));
    if (this.grouping === "below" && host !== undefined) this.#ofHost.set(node, name);
    return node;
  }

  /**
   * The name of a row for a name on a host.
   * @param {string} name
   * @param {string | undefined} host
   */
  #rowName(name, host) {
    if (this.grouping === "host") return `${escapeSegment(host ?? "")}.${name}`;
    return this.grouping === "below" && host !== undefined ? `${name}.@${escapeSegment(host)}` : name;
  }

  /**
   * The node of a name that is there already, or -1. Of several hosts' rows, that of the one given, else the first.
   * @param {string} name
   * @param {string | undefined} host
   */
  find(name, host) {
    if (this.grouping === "name") return this.tree.find(name);
    if (this.grouping === "below") {
      const ofHost = this.tree.find(this.#rowName(name, host));
      return ofHost >= 0 ? ofHost : this.tree.find(name);
    }
    const hosts = host === undefined ? ["", ...this.hosts] : [host];
    const found = hosts.map((each) => this.tree.find(this.#rowName(name, each)));
    return found.find((node) => node >= 0) ?? -1;
  }

  /**
   * The name that a row stands for, as the sender wrote it; null for a host's own row.
   * @param {number} node
   */
  nameOf(node) {
    const { name, depth } = this.tree;
    if (this.grouping !== "host") return this.#ofHost.get(node) ?? name[node];
    if (depth[node] === 0) return null;
    return name[node].slice((splitName(name[node])[0]?.end ?? 0) + 1);
  }

  /**
   * Takes in what is known of an event that was added.
   * @param {number} index
   * @param {number} start
   * @param {number} end
   * @param {number} state
   */
  enter(index, start, end, state) {
    const { events, tree } = this;
    events.set(index, start, end, state);
    const node = events.node[index];
    tree.tally(events, index, 1);
    tree.extend(events, index);
    tree.addHost(node, events.host[index]);
    const lanes = (tree.lanes[node] ??= new Lanes());
    const before = lanes.lanes.length;
    lanes.add(events, index);
    if (lanes.lanes.length !== before) this.structure++;
    this.#stale.add(node);
    this.version++;
  }

  /**
   * @param {number} index
   * @param {number} start
   * @param {number} end
   * @param {number} state
   */
  #change(index, start, end, state) {
    const { events, tree } = this;
    const from = events.from(index);
    const until = events.until(index, -Infinity);
    tree.tally(events, index, -1);
    events.set(index, start, end, state);
    tree.tally(events, index, 1);
    tree.extend(events, index);
    if (events.from(index) > from || events.until(index, -Infinity) < until) this.#shrunk = true;
    const node = events.node[index];
    tree.lanes[node]?.change(events, index, events.from(index) !== from);
    this.#stale.add(node);
    this.version++;
  }

  /**
   * The index of a host; -1 for none.
   * @param {string | undefined} host
   */
  internHost(host) {
    if (host === undefined) return -1;
    const known = this.#hostIndex.get(host);
    if (known !== undefined) return known;
    this.#hostIndex.set(host, this.hosts.length);
    return this.hosts.push(host) - 1;
  }

  /** Gives back the room that was left for more: few events come once a timeline has been fetched. */
  trim() {
    this.events.trim();
    for (const lanes of this.tree.lanes) lanes?.trim();
  }

  /** Puts in order what events have disturbed. */
  settle() {
    const { events, tree } = this;
    if (this.#shrunk) {
      tree.extendAll(events);
      this.structure++;
      this.#shrunk = false;
    }
    for (const node of this.#stale) this.#settleLanes(node);
    this.#stale.clear();
    const { order } = tree;
    tree.settle();
    if (tree.order !== order) this.structure++;
    this.#sum();
  }

  #sum() {
    const { first, last, open } = this.tree;
    const roots = this.tree.roots.filter((root) => !this.tree.isPlanned(root));
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
