// Occurrences of one name that overlap in time go into lanes, so that none hides another.

/** @typedef {import("./events.js").EventTable} EventTable */

/** So many lanes a row has at most; what overlaps even more shares the last one. */
export const MAX_LANES = 32;

/** The own events of one name, in lanes. Within a lane (the last of a full row excepted) none overlap. */
export class Lanes {
  /** @type {number[]} Events that are in no lane yet: some before them begins later. */
  #unplaced = [];
  #stale = false;
  /** When the last event that is in a lane begins. */
  #lastFrom = -Infinity;
  /** @type {number[]} Where each lane's last event ends; infinity while it is open. */
  #ends = [];
  /** @type {number[][]} Event indices by lane, by start. */
  lanes = [];

  /**
   * Adds an event. One that begins last takes its lane at once; another one makes the row stale.
   * @param {EventTable} table
   * @param {number} index
   */
  add(table, index) {
    if (this.#stale || table.from(index) < this.#lastFrom) {
      this.#unplaced.push(index);
      this.#stale = true;
    } else {
      this.#place(table, index);
    }
  }

  /**
   * Takes note that an event's times have changed. An end of the last event of a single lane, the
   * usual case while a timeline runs, leaves the lanes as they are. With several lanes it may have
   * made room for later events, which then move up.
   * @param {EventTable} table
   * @param {number} index
   * @param {boolean} moved Whether it begins at another time than before.
   */
  change(table, index, moved) {
    const isAlone = this.lanes.length === 1 && this.lanes[0].at(-1) === index;
    if (isAlone && !moved && !this.#stale) this.#ends[0] = table.until(index, Infinity);
    else this.#stale = true;
  }

  /**
   * Puts everything into lanes anew if that is needed.
   * @param {EventTable} table
   */
  settle(table) {
    if (!this.#stale) return;
    const events = this.lanes.flat().concat(this.#unplaced);
    events.sort((left, right) => table.from(left) - table.from(right) || left - right);
    this.lanes = [];
    this.#unplaced = [];
    this.#ends = [];
    for (const index of events) this.#place(table, index);
    this.#stale = false;
  }

  /** Gives back the room that growing arrays keep: few events come once a timeline has been fetched. */
  trim() {
    this.lanes = this.lanes.map((lane) => lane.slice());
  }

  /**
   * @param {EventTable} table
   * @param {number} index
   */
  #place(table, index) {
    const lane = this.#freeLane(table.from(index));
    if (lane === this.lanes.length) {
      this.lanes.push([]);
      this.#ends.push(-Infinity);
    }
    this.lanes[lane].push(index);
    this.#ends[lane] = Math.max(this.#ends[lane], table.until(index, Infinity));
    this.#lastFrom = table.from(index);
    table.lane[index] = lane;
  }

  /**
   * The first lane in which nothing runs at an instant; the last one if the row is full.
   * @param {number} from
   */
  #freeLane(from) {
    const lane = this.#ends.findIndex((end) => end <= from);
    if (lane >= 0) return lane;
    return Math.min(this.lanes.length, MAX_LANES - 1);
  }
}
