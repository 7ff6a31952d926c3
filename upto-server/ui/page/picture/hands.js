// What people do on the picture, with a pointer or with keys. `touch.js` fetches it when somebody first does.

import { ROW_HEIGHT } from "../model/rows.js";
import { stepLevel, unfoldAbove } from "./folding.js";
import { Gestures } from "./gestures.js";
import { hitAt, nodeAt } from "./hit.js";
import { Navigation } from "./navigation.js";
import { Pointing } from "./pointing.js";
import { listenToRanges } from "./range-input.js";
import { Splitter } from "./splitter.js";
import { TreeInput } from "./tree-input.js";
import { TimeWindow } from "./window.js";

/** @typedef {import("../clock.js").Clock} Clock */
/** @typedef {import("../model/rows.js").Rows} Rows */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./folding.js").Folding} Folding */
/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./picture.js").Places} Places */

/**
 * Where they take hold of the picture.
 * @typedef {object} Grip
 * @property {Places} places
 * @property {ViewStore} store
 * @property {Session} session
 * @property {Clock} clock
 * @property {Folding} folding
 * @property {() => Frame | null} frame What is drawn.
 * @property {(frame: Frame) => import("./scale.js").Scale} whole The minimap's scale.
 * @property {(model: TimelineModel) => Rows} layRows Lays out the rows now, rather than with the next frame.
 * @property {(left: number, right: number) => void} preview Places on the axis; equal ones: no longer.
 * @property {() => void} invalidate
 */

/** How long it takes until a click is surely no half of a double click, in milliseconds. */
const DOUBLE_MS = 300;

export class Hands {
  #grip;
  #navigation;
  #window;
  pointing;
  /** A click that may still become a double click. @type {ReturnType<typeof setTimeout> | undefined} */
  #picking;

  /** @param {Grip} grip */
  constructor(grip) {
    const { places, store, folding, frame, invalidate } = grip;
    this.#grip = grip;
    this.#navigation = new Navigation(folding, store);
    this.#window = new TimeWindow(store);
    this.pointing = new Pointing(places.bars, places.tooltip, invalidate);
    new Splitter(places.splitter, (names) => store.change("names", { names }));
    new Gestures(places.bars, this.#gestureTarget());
    new TreeInput(places.tree, this.#navigation, this.pointing, {
      frame,
      invalidate,
      reveal: () => this.reveal(),
    });
    this.#listenToRanges();
  }

  /** @returns {import("./gestures.js").GestureTarget} */
  #gestureTarget() {
    return {
      zoom: (factor, x) => this.#zoom(factor, x / this.#width),
      pan: (dx) => this.pan(-dx / this.#width),
      scroll: (dy) => this.#grip.places.scroller.scrollBy(0, dy),
      fit: () => {
        clearTimeout(this.#picking);
        this.fit();
      },
      hover: (x, y) => this.#hover(x, y),
      pick: (x, y, marks) => this.#pick(x, y, marks),
      leave: () => this.leave(),
    };
  }

  /** The axis and the minimap. */
  #listenToRanges() {
    const { places, frame, whole, preview } = this.#grip;
    listenToRanges(places.axis, places.minimap, {
      frame,
      whole,
      preview,
      choose: (from, to) => this.#choose(from, to),
      move: (by) => this.#move(by),
      zoom: (factor, part) => this.#zoom(factor, part),
      fit: () => this.fit(),
    });
  }

  /** Of the bars, in CSS pixels. */
  get #width() {
    return Math.max(this.#grip.places.bars.clientWidth, 1);
  }

  /** @param {(model: TimelineModel, now: number) => void} act */
  #inTime(act) {
    const { session, clock } = this.#grip;
    if (session.model) act(session.model, clock.now());
  }

  /**
   * @param {number} from In nanoseconds from the base.
   * @param {number} to Likewise.
   */
  #choose(from, to) {
    this.#inTime((model, now) => this.#window.choose(model, now, from, to));
  }

  /** @param {number} by In nanoseconds. */
  #move(by) {
    const { scale } = this.#grip.frame() ?? {};
    if (scale) this.pan(by / (scale.to - scale.from));
  }

  /**
   * @param {number} factor
   * @param {number} part Where on the picture time stays, 0 to 1.
   */
  #zoom(factor, part) {
    this.#inTime((model, now) => this.#window.zoom(model, now, factor, part));
  }

  /** Zooms around the pointer if it is on the bars, else around the middle. @param {number} factor */
  zoom(factor) {
    this.#zoom(factor, this.pointing.part);
  }

  /** @param {number} part Of the picture's width. */
  pan(part) {
    this.#inTime((model, now) => this.#window.pan(model, now, part));
  }

  /** Shows the whole timeline. */
  fit() {
    this.#window.fit();
  }

  /** @param {number} rows */
  scroll(rows) {
    this.#grip.places.scroller.scrollBy(0, rows * ROW_HEIGHT);
  }

  /**
   * @param {number} x In the window.
   * @param {number} y Likewise.
   */
  #hover(x, y) {
    this.pointing.at({ over: "bars", x, y });
    this.#grip.invalidate();
  }

  /** Takes the tooltip away. */
  leave() {
    this.pointing.leave();
    this.#grip.invalidate();
  }

  /**
   * Chooses the event at a place of the canvas, else the row, unless a double click means all of it; or marks the instant.
   * @param {number} x
   * @param {number} y
   * @param {boolean} marks
   */
  #pick(x, y, marks) {
    const frame = this.#grip.frame();
    if (!frame) return;
    if (marks) return this.#mark(frame, x);
    const node = nodeAt(frame, y);
    if (node < 0) return;
    const events = hitAt(frame, x, y)?.events ?? [];
    const id = events.length === 1 ? frame.model.events.idOf(events[0]) : "0";
    const row = frame.model.tree.name[node];
    clearTimeout(this.#picking);
    this.#picking = setTimeout(() => this.#choosePicked(row, id === "0" ? null : id), DOUBLE_MS);
  }

  /**
   * @param {string} row
   * @param {string | null} id
   */
  #choosePicked(row, id) {
    // The panel moves what is under the pointer.
    this.pointing.leave();
    const { store } = this.#grip;
    store.change("row", { row, id, panel: store.view.panel ?? "details" });
  }

  /** Marks the instant under the pointer, else the middle; a third one begins anew. */
  mark() {
    const frame = this.#grip.frame();
    if (frame) this.#mark(frame, this.pointing.part * this.#width);
  }

  /**
   * @param {Frame} frame
   * @param {number} x
   */
  #mark({ scale, model }, x) {
    const { store } = this.#grip;
    const { marks } = store.view;
    const mark = (scale.time(x) - model.first) / 1e9;
    store.change("mark", { marks: marks.length < 2 ? [...marks, mark] : [mark] });
  }

  /** Folds a level of names more, or less. @param {1 | -1} by */
  level(by) {
    this.#inTime((model) => stepLevel(this.#grip.store, model, by));
  }

  /** Takes the tooltip away, then the marks. */
  escape() {
    const { store } = this.#grip;
    if (!this.pointing.isTelling && store.view.marks.length > 0) store.change("mark", { marks: [] });
    this.leave();
  }

  /** Scrolls just so far that the row which was chosen is seen, and unfolds what it is folded into. */
  reveal() {
    const { session, folding, layRows, places } = this.#grip;
    const { model } = session;
    if (!model) return;
    const node = this.#navigation.node(model);
    if (node >= 0) unfoldAbove(folding, model, node);
    const rows = layRows(model);
    const row = rows.rowOf(node);
    if (row < 0) return;
    const { scroller, pane } = places;
    const below = rows.tops[row + 1] - pane.clientHeight;
    scroller.scrollTop = Math.min(Math.max(scroller.scrollTop, below), rows.tops[row]);
  }
}
