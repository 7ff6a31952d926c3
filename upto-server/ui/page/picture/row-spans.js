// What an answer says of names, by the rows that are seen: where a row is folded away, the one that it is folded into
// has it.

/** @typedef {import("../model/rows.js").Rows} Rows */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */

/** A time that an answer speaks of. @typedef {{name: string, host?: string, from: number, to: number}} NamedSpan */
/** @typedef {{from: number, to: number}} Span */

/**
 * The row in which a name is seen, as an index into the tree; -1 where it is not there.
 * @param {TimelineModel} model
 * @param {Rows} rows
 * @param {string} name
 * @param {string | undefined} host
 */
export function seenNode(model, rows, name, host) {
  let node = model.find(name, host);
  while (node >= 0 && rows.rowOf(node) < 0) node = model.tree.parent[node];
  return node;
}

/** Spans by row, worked out when the rows or the spans are others. */
export class RowSpans {
  /** @type {Rows | null} */
  #rows = null;
  /** @type {readonly NamedSpan[] | null} */
  #spans = null;
  /** @type {Map<number, Span[]>} */
  #byNode = new Map();

  /**
   * @param {TimelineModel} model
   * @param {Rows} rows
   * @param {readonly NamedSpan[]} spans
   * @returns {Map<number, Span[]>}
   */
  of(model, rows, spans) {
    if (this.#rows === rows && this.#spans === spans) return this.#byNode;
    this.#rows = rows;
    this.#spans = spans;
    this.#byNode = new Map();
    for (const { name, host, from, to } of spans) this.#put(seenNode(model, rows, name, host), { from, to });
    return this.#byNode;
  }

  /**
   * @param {number} node
   * @param {Span} span
   */
  #put(node, span) {
    if (node < 0) return;
    const known = this.#byNode.get(node);
    if (known) known.push(span);
    else this.#byNode.set(node, [span]);
  }
}
