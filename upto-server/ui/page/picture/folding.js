// Which rows are there: what is folded, and what a filter selects. A filter unfolds everything; what
// is folded while it is on stays so until it changes.

import { select } from "../model/rows.js";

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
      if (view.filter !== before.filter) this.#filtered = new Set();
      if (view.filter !== before.filter || view.folded !== before.folded) this.version++;
    });
  }

  /** @returns {ReadonlySet<string>} */
  get #folded() {
    return this.#store.view.filter === "" ? this.#store.view.folded : this.#filtered;
  }

  /**
   * Whether a name's children are hidden.
   * @param {TimelineModel} model
   * @returns {(node: number) => boolean}
   */
  of(model) {
    const folded = this.#folded;
    return (node) => folded.size > 0 && folded.has(model.tree.name[node]);
  }

  /**
   * @param {string} name
   * @param {boolean} isFolded
   */
  set(name, isFolded) {
    const folded = new Set(this.#folded);
    if (isFolded) folded.add(name);
    else folded.delete(name);
    if (this.#store.view.filter === "") this.#store.change("fold", { folded });
    else this.#filtered = folded;
    this.version++;
  }

  /**
   * What the filter selects; null without one.
   * @param {TimelineModel} model
   * @returns {Selection | null}
   */
  selection(model) {
    const { filter } = this.#store.view;
    return filter === "" ? null : select(model, filter);
  }
}
