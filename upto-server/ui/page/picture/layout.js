// What only changes with names and folding: the rows and their colours. Worked out when needed, kept
// otherwise.

import { layRows, Rows } from "../model/rows.js";
import { branchesOf } from "./branches.js";

/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("./folding.js").Folding} Folding */

export class Layout {
  #folding;
  #key = "";
  /** @type {TimelineModel | null} */
  #model = null;
  rows = new Rows();
  /** @type {Uint32Array} The branch of each name. */
  branches = new Uint32Array(0);

  /** @param {Folding} folding */
  constructor(folding) {
    this.#folding = folding;
  }

  /**
   * @param {TimelineModel} model
   * @param {number} extra What each row has at its bottom for another timeline, in CSS pixels.
   */
  update(model, extra) {
    const key = `${model.structure} ${this.#folding.version} ${extra}`;
    if (this.#model === model && this.#key === key) return;
    this.#model = model;
    this.#key = key;
    this.rows = layRows(model, this.#folding.of(model), this.#folding.selection(model), extra);
    this.branches = branchesOf(model.tree);
  }
}
