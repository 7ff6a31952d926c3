// The keyboard in the tree: which row it is on, and what the arrow keys do there.

import { chosenNode } from "./frame-maker.js";

/** @typedef {import("../model/rows.js").Rows} Rows */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./folding.js").Folding} Folding */

/** What there is to move in. @typedef {{model: TimelineModel, rows: Rows, page: number}} Place */

export class Navigation {
  #folding;
  #store;

  /**
   * @param {Folding} folding
   * @param {ViewStore} store
   */
  constructor(folding, store) {
    this.#folding = folding;
    this.#store = store;
  }

  /**
   * The row that the keyboard is on, as an index into the tree; -1 for none.
   * @param {TimelineModel} model
   */
  node(model) {
    return chosenNode(this.#store.view, model);
  }

  /**
   * @param {TimelineModel} model
   * @param {number} node
   */
  choose(model, node) {
    const row = model.tree.name[node] ?? null;
    if (row !== this.#store.view.row) this.#store.change("row", { row, id: null });
  }

  /**
   * Folds or unfolds a name that has something below it.
   * @param {TimelineModel} model
   * @param {number} node
   */
  toggle(model, node) {
    if (model.tree.children[node].length === 0) return;
    this.#folding.set(model, node, !this.#folding.of(model)(node));
  }

  /**
   * Does what a key means in the tree.
   * @param {string} code
   * @param {Place} place
   * @returns {boolean} Whether it means anything.
   */
  press(code, place) {
    const node = this.node(place.model);
    const row = node < 0 ? -1 : place.rows.rowOf(node);
    if (row < 0) return this.#move(code, place, 0, true);
    return this.#move(code, place, row, false) || this.#step(code, place, node) || this.#fold(code, place, node);
  }

  /**
   * Chooses the next occurrence of the row, or the one before, and tells about it.
   * @param {string} code
   * @param {Place} place
   * @param {number} node
   */
  #step(code, { model }, node) {
    const by = code === "Period" ? 1 : code === "Comma" ? -1 : 0;
    if (by !== 0) this.#stepBy(by, model, node).catch(() => {});
    return by !== 0;
  }

  /**
   * Which occurrence that is, is found out by what is fetched when somebody first asks.
   * @param {1 | -1} by
   * @param {TimelineModel} model
   * @param {number} node
   */
  async #stepBy(by, model, node) {
    const { besideOccurrence, occurrencesOf } = await import("./occurrences.js");
    const { id: chosen, panel } = this.#store.view;
    const id = besideOccurrence(occurrencesOf(model, node), chosen, by);
    if (id !== null) this.#store.change("row", { id, panel: panel ?? "details" });
  }

  /**
   * @param {string} code
   * @param {Place} place
   * @param {number} row
   * @param {boolean} isFirst Whether no row was chosen so far.
   */
  #move(code, { model, rows, page }, row, isFirst) {
    const last = rows.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowUp: row - 1,
      ArrowDown: isFirst ? row : row + 1,
      PageUp: row - page,
      PageDown: row + page,
      Home: 0,
      End: last,
    };
    const target = targets[code];
    if (target === undefined || last < 0) return false;
    this.choose(model, rows.nodes[Math.min(Math.max(target, 0), last)]);
    return true;
  }

  /**
   * @param {string} code
   * @param {Place} place
   * @param {number} node
   */
  #fold(code, { model }, node) {
    const { tree } = model;
    const children = tree.children[node];
    const isFolded = this.#folding.of(model)(node);
    if (code === "Enter" || code === "Space") this.toggle(model, node);
    else if (code === "ArrowRight" && children.length > 0 && isFolded) this.#folding.set(model, node, false);
    else if (code === "ArrowRight" && children.length > 0) this.choose(model, children[0]);
    else if (code === "ArrowLeft" && children.length > 0 && !isFolded) this.#folding.set(model, node, true);
    else if (code === "ArrowLeft" && tree.parent[node] >= 0) this.choose(model, tree.parent[node]);
    else return code === "ArrowRight" || code === "ArrowLeft";
    return true;
  }
}
