// The tooltip: everything that is known of the event, or of the row, that is pointed at.

import { element } from "../dom.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { answerFacts } from "./answer-facts.js";
import { eventFacts, nodeFacts, shortFacts } from "./facts.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./hit.js").Hit} Hit */

const words = texts.tooltip;
const TITLE_LIMIT = 600;
/** Distance from the pointer and from the window's edges, in CSS pixels. */
const DISTANCE = 14;
const EDGE = 6;

export class Tooltip {
  #root;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  get isShown() {
    return !this.#root.hidden;
  }

  hide() {
    this.#root.hidden = true;
  }

  /**
   * @param {Frame} frame
   * @param {Hit} hit
   * @param {{x: number, y: number}} at In CSS pixels of the window.
   */
  show(frame, { node, events }, at) {
    const { model, now } = frame;
    const isOne = events.length === 1;
    const facts = isOne ? eventFacts(model, events[0], now) : nodeFacts(model, node, now);
    const title = element("bdi", { class: "title" }, clip(model.tree.name[node], TITLE_LIMIT));
    const several = events.length > 1 ? [element("p", {}, words.several(events.length))] : [];
    this.#root.replaceChildren(title, ...several, shortFacts(facts, answerFacts(frame, node)));
    this.#root.hidden = false;
    this.#place(at);
  }

  /** @param {{x: number, y: number}} at */
  #place({ x, y }) {
    const { width, height } = this.#root.getBoundingClientRect();
    const fitsRight = x + DISTANCE + width + EDGE <= innerWidth;
    const fitsBelow = y + DISTANCE + height + EDGE <= innerHeight;
    const left = fitsRight ? x + DISTANCE : Math.max(EDGE, x - DISTANCE - width);
    const top = fitsBelow ? y + DISTANCE : Math.max(EDGE, y - DISTANCE - height);
    this.#root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
