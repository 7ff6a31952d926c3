// The tree of names: as many rows as can be seen, used again and again while one scrolls.

import { element, setAttribute, setText } from "../dom.js";
import { STATE_NAMES, State } from "../model/events.js";
import * as texts from "../texts.js";
import { changeOf } from "./baseline.js";
import { seenRows } from "./frame.js";
import { changeWords, durationWords, hostWords, segmentWords, stateWords } from "./words.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./frame.js").SeenRow} SeenRow */

/** States that a row is marked with. */
const MARKED = [State.open, State.failed, State.unknown_start];
/** From this change on a row stands out. */
const NOTABLE = 0.05;
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

  /** @param {number} number */
  constructor(number) {
    this.element.id = `row-${number}`;
  }

  /**
   * @param {Frame} frame
   * @param {SeenRow} seen
   */
  show(frame, seen) {
    this.#place(frame, seen);
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
    const change = baseline ? changeOf(model, node, baseline, now) : NaN;
    this.duration.classList.toggle("worse", change >= NOTABLE);
    this.duration.classList.toggle("better", change <= -NOTABLE);
    if (baseline) setText(this.duration, changeWords(change));
    else
      setText(
        this.duration,
        model.tree.isPlanned(node) ? texts.tree.toCome : durationWords(model, node, now),
      );
  }

  /**
   * @param {Frame} frame
   * @param {SeenRow} seen
   */
  #place({ model, activeNode, hoverNode }, { row, node, top, height }) {
    const { style } = this.element;
    const depth = model.tree.depth[node];
    style.transform = `translateY(${top}px)`;
    style.height = `${height}px`;
    style.setProperty("--indent", `${Math.min(depth, MAX_INDENTS) * INDENT}px`);
    this.element.hidden = false;
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

export class Tree {
  #root;
  /** @type {TreeRow[]} */
  #pool = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    setAttribute(root, "aria-label", texts.tree.label);
  }

  /** @param {Frame} frame */
  draw(frame) {
    const seen = seenRows(frame);
    while (this.#pool.length < seen.length) this.#grow();
    const used = new Set(seen.map((row) => row.row % this.#pool.length));
    this.#pool.forEach((row, slot) => (row.element.hidden = !used.has(slot)));
    for (const row of seen) this.#pool[row.row % this.#pool.length].show(frame, row);
    this.#showActive(frame, seen);
  }

  clear() {
    for (const row of this.#pool) row.element.hidden = true;
    setAttribute(this.#root, "aria-activedescendant", null);
  }

  #grow() {
    const row = new TreeRow(this.#pool.length);
    this.#pool.push(row);
    this.#root.append(row.element);
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
