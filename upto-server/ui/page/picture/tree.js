// The tree of names: as many rows as can be seen, used again and again while one scrolls.

import { element, setAttribute, setText } from "../dom.js";
import { STATE_NAMES, State } from "../model/states.js";
import * as texts from "../texts.js";
import { seenRows } from "./frame.js";
import { durationWords, hostWords, segmentWords, stateWords } from "./words.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./frame.js").SeenRow} SeenRow */

/** States that a row is marked with. */
const MARKED = [State.open, State.failed, State.unknown_start];
const INDENT = 12;
/** Deeper rows are not moved further in: their names would leave no room for themselves. */
const MAX_INDENTS = 20;

/** @param {number} state */
function markOf(state) {
  const { symbol, word } = stateWords(state);
  return element("span", { class: STATE_NAMES[state], role: "img", "aria-label": word }, symbol);
}

/** One row of the tree: elements that stand for one name now and for another one later. */
class TreeRow {
  twisty = element("span", { class: "twisty", "aria-hidden": "true" });
  marks = MARKED.map(markOf);
  name = element("bdi", {});
  host = element("bdi", {});
  times = element("span", { class: "times" });
  duration = element("span", { class: "duration" });
  element = element(
    "div",
    { class: "row", role: "treeitem" },
    element(
      "span",
      { class: "name" },
      this.twisty,
      this.name,
      element("span", { class: "marks" }, ...this.marks),
    ),
    element("span", { class: "host" }, this.host),
    this.times,
    this.duration,
  );

  /** What it shows: while that stays the same, nothing is written. */
  #key = "";
  /** @type {Frame["model"] | null} */
  #model = null;

  /** @param {number} number */
  constructor(number) {
    this.element.id = `row-${number}`;
  }

  /**
   * @param {Frame} frame
   * @param {SeenRow} seen
   * @param {number} base The height that rows are placed from.
   */
  show(frame, seen, base) {
    const key = keyOf(frame, seen, base);
    if (key === this.#key && frame.model === this.#model) return;
    this.#key = key;
    this.#model = frame.model;
    this.#place(frame, seen, base);
    const { model } = frame;
    const own = model.tree.own[seen.node];
    setText(this.name, segmentWords(model, seen.node));
    setText(this.host, hostWords(model, seen.node));
    setText(this.times, own > 1 ? texts.tree.times(own) : "");
    this.#showDuration(frame, seen.node);
    this.#showState(frame, seen.node);
  }

  /**
   * How long it took; beside another timeline, how much longer.
   * @param {Frame} frame
   * @param {number} node
   */
  #showDuration({ model, now, baseline }, node) {
    const change = baseline?.changeIn(model, node, baseline, now);
    this.duration.classList.toggle("worse", change?.isWorse ?? false);
    this.duration.classList.toggle("better", change?.isBetter ?? false);
    const took = model.tree.isPlanned(node) ? texts.tree.toCome : durationWords(model, node, now);
    setText(this.duration, change?.words ?? took);
  }

  /**
   * @param {Frame} frame
   * @param {SeenRow} seen
   * @param {number} base
   */
  #place({ model, rows, activeNode, hoverNode }, { row, node, height }, base) {
    const { style } = this.element;
    const depth = model.tree.depth[node];
    style.transform = `translateY(${rows.tops[row] - base}px)`;
    style.height = `${height}px`;
    style.setProperty("--indent", `${Math.min(depth, MAX_INDENTS) * INDENT}px`);
    this.element.classList.toggle("odd", row % 2 === 1);
    this.element.classList.toggle("active", node === activeNode);
    this.element.classList.toggle("hover", node === hoverNode);
    setAttribute(this.element, "aria-level", String(depth + 1));
    setAttribute(this.element, "aria-selected", String(node === activeNode));
  }

  /**
   * @param {Frame} frame
   * @param {number} node
   */
  #showState({ model, isFolded }, node) {
    const { tree } = model;
    const isParent = tree.children[node].length > 0;
    const folded = isParent && isFolded(node);
    setAttribute(this.element, "aria-expanded", isParent ? String(!folded) : null);
    setText(this.twisty, isParent ? (folded ? "▸" : "▾") : "");
    const states = model.states(node);
    MARKED.forEach((state, at) => (this.marks[at].hidden = !states.includes(state)));
    this.element.classList.toggle("implied", tree.own[node] === 0);
  }
}

/**
 * What a row shows, in short.
 * @param {Frame} frame
 * @param {SeenRow} seen
 * @param {number} base
 */
function keyOf({ model, rows, now, isFolded, activeNode, hoverNode, baseline }, { row, node, height }, base) {
  const look = `${node === activeNode} ${node === hoverNode} ${isFolded(node)} ${baseline !== null}`;
  const time = model.tree.open[node] > 0 ? Math.floor(now / 1e8) : 0;
  return `${node} ${row} ${rows.tops[row] - base} ${height} ${model.version} ${look} ${time}`;
}

/** Rows are placed from the last multiple of this height on: far from it, places would be rounded. */
const BASE_STEP = 100_000;

export class Tree {
  #root;
  #rows = element("div", { class: "rows", role: "presentation" });
  /** @type {TreeRow[]} */
  #pool = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    setAttribute(root, "aria-label", texts.tree.label);
    root.append(this.#rows);
  }

  /** @param {Frame} frame */
  draw(frame) {
    const seen = seenRows(frame);
    while (this.#pool.length < seen.length) this.#grow();
    const used = new Set(seen.map((row) => row.row % this.#pool.length));
    this.#pool.forEach((row, slot) => {
      if (row.element.hidden === used.has(slot)) row.element.hidden = !used.has(slot);
    });
    const base = Math.floor(frame.scrollTop / BASE_STEP) * BASE_STEP;
    // Scrolling moves all rows at once, and writes only those that come into view.
    this.#rows.style.transform = `translateY(${base - frame.scrollTop}px)`;
    for (const row of seen) this.#pool[row.row % this.#pool.length].show(frame, row, base);
    this.#showActive(frame, seen);
  }

  clear() {
    for (const row of this.#pool) row.element.hidden = true;
    setAttribute(this.#root, "aria-activedescendant", null);
  }

  #grow() {
    const row = new TreeRow(this.#pool.length);
    this.#pool.push(row);
    this.#rows.append(row.element);
  }

  /**
   * @param {Frame} frame
   * @param {SeenRow[]} seen
   */
  #showActive({ activeNode }, seen) {
    const active = seen.find(({ node }) => node === activeNode);
    const id = active ? this.#pool[active.row % this.#pool.length].element.id : null;
    setAttribute(this.#root, "aria-activedescendant", id);
  }
}

/** The headings above the tree. */
export class TreeHeadings {
  #duration = element("span", { class: "duration" }, texts.tree.duration);
  element = element(
    "div",
    {},
    element("span", { class: "name" }, texts.tree.name),
    element("span", { class: "host" }, texts.tree.host),
    element("span", { class: "times", title: texts.tree.occurrencesTitle }, texts.tree.occurrences),
    this.#duration,
  );

  /** @param {Frame} frame */
  draw({ baseline }) {
    setText(this.#duration, baseline ? texts.tree.change : texts.tree.duration);
  }
}
