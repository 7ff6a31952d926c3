// Takes columns into a model, chunk by chunk: what is told once for all events is looked up once.

import { State } from "./states.js";

/** @typedef {import("../api/columns.js").Chunk} Chunk */
/** @typedef {import("./timeline.js").TimelineModel} TimelineModel */

/** The states as the columns number them. */
const STATES = [State.point, State.done, State.open, State.unknown_start, State.cancelled, State.failed];
const HAS_START = 8;
const HAS_END = 16;

export class Loader {
  #model;
  /** @type {number[][]} The tree's node of each name that was told, by host where rows are grouped by those. */
  #nodes = [];
  /** @type {number[]} The model's host of each host that was told. */
  #hosts = [];
  /** @type {string[]} Each host as it was told; empty for none. */
  #hostNames = [];
  /** @type {string[]} */
  #names = [];

  /** @param {TimelineModel} model A model that has no events yet. */
  constructor(model) {
    this.#model = model;
  }

  /**
   * @param {Chunk} chunk
   * @throws {RangeError} when it speaks of names that were not told
   */
  add(chunk) {
    this.#learn(chunk);
    this.#model.begin(chunk.from);
    this.#model.events.grain = chunk.grain;
    this.#model.events.reserve(this.#model.events.length + chunk.count);
    this.#addEvents(chunk);
    this.#model.settle();
  }

  /** @param {Chunk} chunk */
  #learn({ names, hosts }) {
    for (const name of names) this.#names.push(name);
    for (const host of hosts) {
      this.#hostNames.push(host);
      this.#hosts.push(this.#model.internHost(host === "" ? undefined : host));
    }
  }

  /**
   * The node of a name. Where rows are grouped by host, it depends on that too.
   * @param {number} name
   * @param {number} host
   */
  #nodeOf(name, host) {
    const nodes = (this.#nodes[this.#model.grouping === "name" ? 0 : host] ??= []);
    return (nodes[name] ??= this.#internNode(name, host));
  }

  /**
   * @param {number} name
   * @param {number} host
   */
  #internNode(name, host) {
    const text = this.#names[name];
    if (text === undefined || this.#hosts[host] === undefined)
      throw new RangeError("a name that was not told");
    return this.#model.internName(text, this.#hostNames[host] || undefined);
  }

  /** @param {Chunk} chunk */
  #addEvents(chunk) {
    const { count, grain, name, host, start, duration, state, lane, id } = chunk;
    const ids = new IdReader(id);
    let time = this.#model.instantOfNanoseconds(chunk.from);
    for (let at = 0; at < count; at++) {
      time += start[at] * grain;
      const hasStart = (state[at] & HAS_START) !== 0;
      const hasEnd = (state[at] & HAS_END) !== 0;
      const end = hasStart ? time + duration[at] * grain : time;
      ids.next(lane[at]);
      const index = this.#model.events.add(
        this.#nodeOf(name[at], host[at]),
        this.#hosts[host[at]],
        ids.low,
        ids.high,
      );
      this.#model.enter(
        index,
        hasStart ? time : NaN,
        hasEnd ? end : NaN,
        STATES[state[at] & 7] ?? State.done,
      );
    }
  }
}

/** Ids come as differences within lanes; sums wrap at 64 bits. */
class IdReader {
  #pairs;
  #at = 0;
  /** @type {number[]} By lane. */
  #lastLow = [];
  /** @type {number[]} */
  #lastHigh = [];
  /** The last id of all. */
  #low = 0;
  #high = 0;
  /** The id that was read; 0 where there is none. */
  low = 0;
  high = 0;

  /** @param {import("../api/columns.js").Pairs} pairs */
  constructor(pairs) {
    this.#pairs = pairs;
  }

  /** @param {number} lane 0: there is none. */
  next(lane) {
    this.low = this.high = 0;
    if (lane === 0) return;
    const at = this.#at++;
    if (at >= this.#pairs.low.length) throw new RangeError("a column of ids that ends too early");
    const low = (this.#lastLow[lane] ?? this.#low) + this.#pairs.low[at];
    const high = (this.#lastHigh[lane] ?? this.#high) + this.#pairs.high[at] + (low > 0xffffffff ? 1 : 0);
    this.low = this.#low = this.#lastLow[lane] = low >>> 0;
    this.high = this.#high = this.#lastHigh[lane] = high >>> 0;
  }
}
