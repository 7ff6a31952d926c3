// Tables that can be sorted and copied.

import { element } from "../dom.js";
import * as texts from "../texts.js";

/** How long it is told that something was copied. */
const COPIED_MS = 2000;

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} label
 * @property {(row: Row) => Node | string} cell
 * @property {(row: Row) => number | string} value What it is sorted by, and copied as.
 * @property {boolean} [isNumber] Written to the right, and sorted the greatest first.
 */

/** @template Row */
export class Table {
  #columns;
  #body = element("tbody", {});
  #foot = element("tfoot", {});
  /** @type {HTMLTableCellElement[]} */
  #headings = [];
  /** @type {readonly Row[]} */
  #rows = [];
  #sorted = -1;
  #isDescending = false;
  element;

  /**
   * @param {string} caption For screen readers.
   * @param {Column<Row>[]} columns
   */
  constructor(caption, columns) {
    this.#columns = columns;
    const head = element("tr", {});
    columns.forEach((column, at) => head.append(this.#heading(column, at)));
    const title = element("caption", {}, element("span", { class: "unseen" }, caption));
    this.element = element("table", {}, title, element("thead", {}, head), this.#body, this.#foot);
  }

  /**
   * @param {Column<Row>} column
   * @param {number} at
   */
  #heading({ label, isNumber }, at) {
    const button = element("button", { type: "button" }, label);
    const cell = element("th", { scope: "col", class: isNumber ? "number" : "" }, button);
    button.addEventListener("click", () => this.#sortBy(at));
    this.#headings.push(cell);
    return cell;
  }

  /** @param {number} at */
  #sortBy(at) {
    this.#isDescending = this.#sorted === at ? !this.#isDescending : this.#columns[at].isNumber === true;
    this.#sorted = at;
    this.#headings.forEach((heading, each) => {
      if (each === at) heading.setAttribute("aria-sort", this.#isDescending ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    });
    this.#draw();
  }

  /**
   * @param {readonly Row[]} rows In the order in which they are shown until somebody sorts them.
   * @param {(Node | string)[][]} footer What is not sorted, cell by cell.
   */
  show(rows, footer = []) {
    this.#rows = rows;
    this.#foot.replaceChildren(...footer.map((cells) => this.#line(cells)));
    this.#draw();
  }

  #draw() {
    const lines = this.#ordered().map((row) => this.#line(this.#columns.map((column) => column.cell(row))));
    this.#body.replaceChildren(...lines);
  }

  /** @returns {readonly Row[]} */
  #ordered() {
    const column = this.#columns[this.#sorted];
    if (!column) return this.#rows;
    const sign = this.#isDescending ? -1 : 1;
    return [...this.#rows].sort((left, right) => {
      const [a, b] = [column.value(left), column.value(right)];
      return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1);
    });
  }

  /** @param {(Node | string)[]} cells */
  #line(cells) {
    const line = element("tr", {});
    cells.forEach((cell, at) => {
      line.append(element("td", { class: this.#columns[at]?.isNumber ? "number" : "" }, cell));
    });
    return line;
  }

  /** The rows as tab separated lines, for spreadsheets. */
  text() {
    const clean = (/** @type {number | string} */ value) => String(value).replace(/[\t\r\n]+/g, " ");
    const lines = this.#ordered().map((row) =>
      this.#columns.map((column) => clean(column.value(row))).join("\t"),
    );
    return [this.#columns.map(({ label }) => label).join("\t"), ...lines].join("\n");
  }

  /** A button that copies the table. */
  copyButton() {
    const button = element("button", { type: "button" }, texts.table.copy);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(this.text());
        button.textContent = texts.table.copied;
        setTimeout(() => (button.textContent = texts.table.copy), COPIED_MS);
      } catch {
        getSelection()?.selectAllChildren(this.element);
      }
    });
    return button;
  }
}
