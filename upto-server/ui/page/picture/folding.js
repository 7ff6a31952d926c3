// Which rows are there: what is folded, name by name or from a level on, and what filters select. A filter by name
// unfolds everything; what is folded while it is on stays so until it changes.

import { select, selectLong } from "../model/rows.js";

/** @typedef {import("../model/rows.js").Selection} Selection */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Folding {
  #store;
  /** @type {Set<string>} Folded while a filter is on. */
  #filtered = new Set();
  /** Grows with every change. */
  version = 0;

  /** @param {ViewStore} store */
  constructor(store) {
    this.#store = store;
    store.subscribe((view, before) => {
      const isOther = view.filter !== before.filter;
      if (isOther) this.#filtered = new Set();
      const folds = view.folded !== before.folded || view.level !== before.level;
      if (isOther || folds || view.least !== before.least) this.version++;
    });
  }

  /** Names that are folded; where a level folds them, those that are not. @returns {ReadonlySet<string>} */
  get #folded() {
    return this.#store.view.filter === "" ? this.#store.view.folded : this.#filtered;
  }

  /** From which depth on names are folded. */
  get #depth() {
    const { level, filter } = this.#store.view;
    return level === null || filter !== "" ? Infinity : level - 1;
  }

  /**
   * Whether a name's children are hidden.
   * @param {TimelineModel} model
   * @returns {(node: number) => boolean}
   */
  of({ tree }) {
    const folded = this.#folded;
    const depth = this.#depth;
    return (node) => tree.depth[node] >= depth !== (folded.size > 0 && folded.has(tree.name[node]));
  }

  /**
   * @param {TimelineModel} model
   * @param {number} node
   * @param {boolean} isFolded
   */
  set(model, node, isFolded) {
    const folded = new Set(this.#folded);
    const byLevel = model.tree.depth[node] >= this.#depth;
    if (isFolded !== byLevel) folded.add(model.tree.name[node]);
    else folded.delete(model.tree.name[node]);
    if (this.#store.view.filter === "") this.#store.change("fold", { folded });
    else this.#filtered = folded;
    this.version++;
  }

  /**
   * What the filters select; null without any.
   * @param {TimelineModel} model
   * @returns {Selection | null}
   */
  selection(model) {
    const { filter, least } = this.#store.view;
    const named = filter === "" ? null : select(model, filter);
    if (least === null) return named;
    const long = selectLong(model, least * 1e9);
    if (!named) return long;
    return { kept: long.kept.map((kept, node) => kept & named.kept[node]), matches: named.matches };
  }
}

/**
 * Shows a name that something above it hides.
 * @param {Folding} folding
 * @param {TimelineModel} model
 * @param {number} node
 */
export function unfoldAbove(folding, model, node) {
  const { parent } = model.tree;
  for (let above = parent[node]; above >= 0; above = parent[above])
    if (folding.of(model)(above)) folding.set(model, above, false);
}

/**
 * Folds one level more, or shows one more.
 * @param {ViewStore} store
 * @param {TimelineModel} model
 * @param {1 | -1} by
 */
export function stepLevel(store, { tree }, by) {
  let deepest = 0;
  for (let node = 0; node < tree.length; node++) deepest = Math.max(deepest, tree.depth[node] + 1);
  const level = Math.max(1, Math.min(store.view.level ?? deepest, deepest) + by);
  store.change("level", { level: level >= deepest ? null : level, folded: new Set() });
}
