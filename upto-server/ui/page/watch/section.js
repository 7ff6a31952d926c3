// A part of the status page: a table of one kind of things, which is fetched and shown by itself. Where whoever is logged in
// may not see it, that is said, and the other parts are there all the same.

import { element, setText } from "../dom.js";
import * as texts from "../texts.js";
import { tableOf } from "./parts.js";
import { KeyedRows } from "./rows.js";

/** @template T @typedef {import("./rows.js").Row<T>} Row */

/** @template T */
export class Section {
  #rows;
  #table;
  #note = element("p", { class: "note" });
  #empty = element("div", { class: "empty" });
  #emptyFor = "";
  element;

  /**
   * @param {string} title
   * @param {readonly string[]} headings
   * @param {() => Row<T>} make
   */
  constructor(title, headings, make) {
    const { table, body } = tableOf(title, headings);
    this.#table = table;
    this.#rows = new KeyedRows(body, make);
    this.element = element(
      "section",
      { "aria-label": title },
      element("h3", {}, title),
      table,
      this.#empty,
      this.#note,
    );
  }

  /**
   * @param {readonly [string, T][]} items
   * @param {string} note What is to be said of them; empty: nothing.
   * @param {string} empty What is said where there are none.
   * @param {HTMLElement[]} [more] What is shown with that.
   */
  show(items, note, empty, more = []) {
    this.#rows.show(items);
    this.#table.hidden = items.length === 0;
    setText(this.#note, note);
    const wanted = items.length === 0 ? empty : "";
    if (wanted === this.#emptyFor) return;
    this.#emptyFor = wanted;
    this.#empty.replaceChildren(...(wanted === "" ? [] : [element("p", {}, wanted), ...more]));
  }

  /**
   * Fetches and shows this part. That others may not see it is no failure of the page.
   * @param {() => Promise<void>} load
   */
  async load(load) {
    try {
      await load();
    } catch (error) {
      const { status } = /** @type {Partial<import("../api/hal.js").Problem>} */ (error ?? {});
      if (status !== 403) throw error;
      this.show([], "", texts.watch.notAllowed);
    }
  }
}
