// The lines of the journal that are shown, the newest first: each once, however it came.

/** @typedef {import("./types.js").Line} Line */

/** A line as it is told from others; two that are alike to the nanosecond are one. @param {Line} line */
function keyOf({ time, service, level, message }) {
  return JSON.stringify([time, service, level, message]);
}

export class Lines {
  /** @type {Line[]} */
  all = [];
  /** @type {Set<string>} */
  #known = new Set();
  #most;

  /** @param {number} most So many are kept; the oldest go first. */
  constructor(most) {
    this.#most = most;
  }

  clear() {
    this.all = [];
    this.#known.clear();
  }

  /**
   * Adds a line where it belongs by its time.
   * @param {Line} line
   * @returns {number} Its place; -1 if it is there already.
   */
  add(line) {
    const key = keyOf(line);
    if (this.#known.has(key)) return -1;
    this.#known.add(key);
    const newer = this.all.findIndex(({ time }) => time <= line.time);
    const place = newer < 0 ? this.all.length : newer;
    this.all.splice(place, 0, line);
    return place;
  }

  /**
   * Adds a line that is older than all others.
   * @param {Line} line
   * @returns {boolean} Whether it was not there.
   */
  addOldest(line) {
    const key = keyOf(line);
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    this.all.push(line);
    return true;
  }

  /** Drops the oldest of those that are too many. @returns {number} How many. */
  drop() {
    const dropped = this.all.splice(this.#most);
    for (const line of dropped) this.#known.delete(keyOf(line));
    return dropped.length;
  }
}
