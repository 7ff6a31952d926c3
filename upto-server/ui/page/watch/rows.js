// Rows of a table that stay who they are while what they tell changes: whoever is at one is not thrown out of it.

/**
 * One row.
 * @template T
 * @typedef {{element: HTMLTableRowElement, update: (item: T) => void}} Row
 */

/** @template T */
export class KeyedRows {
  #body;
  #make;
  /** @type {Map<string, Row<T>>} */
  #rows = new Map();

  /**
   * @param {HTMLTableSectionElement} body
   * @param {() => Row<T>} make
   */
  constructor(body, make) {
    this.#body = body;
    this.#make = make;
  }

  /** @param {readonly [string, T][]} items What is to be shown, in this order, each with a key of its own. */
  show(items) {
    const wanted = new Set(items.map(([key]) => key));
    for (const [key, row] of this.#rows) if (!wanted.has(key)) this.#remove(key, row);
    items.forEach(([key, item], place) => this.#put(key, item, place));
  }

  /**
   * @param {string} key
   * @param {Row<T>} row
   */
  #remove(key, row) {
    row.element.remove();
    this.#rows.delete(key);
  }

  /**
   * @param {string} key
   * @param {T} item
   * @param {number} place
   */
  #put(key, item, place) {
    const row = this.#rows.get(key) ?? this.#make();
    this.#rows.set(key, row);
    row.update(item);
    const there = this.#body.children[place] ?? null;
    if (there !== row.element) this.#body.insertBefore(row.element, there);
  }
}
