// The picture: names on the left, bars on the right, drawn together in one frame.

import { ROW_HEIGHT } from "../model/rows.js";
import * as texts from "../texts.js";
import { Axis } from "./axis.js";
import { Bars } from "./bars.js";
import { Folding } from "./folding.js";
import { Gestures } from "./gestures.js";
import { nodeAt } from "./hit.js";
import { Layout } from "./layout.js";
import { Navigation } from "./navigation.js";
import { Pointing } from "./pointing.js";
import { Splitter } from "./splitter.js";
import { onThemeChange, readTheme } from "./theme.js";
import { ticks } from "./ticks.js";
import { Tooltip } from "./tooltip.js";
import { TreeInput } from "./tree-input.js";
import { Tree, treeHeadings } from "./tree.js";
import { TimeWindow } from "./window.js";

/** @typedef {import("../clock.js").Clock} Clock */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./frame.js").Frame} Frame */

/** How far apart the marks of the axis are at least, in CSS pixels. */
const TICK_SPACING = 90;

/**
 * The elements that the picture fills.
 * @typedef {object} Places
 * @property {HTMLElement} root
 * @property {HTMLElement} headings
 * @property {HTMLCanvasElement} axis
 * @property {HTMLElement} scroller Scrolls the rows.
 * @property {HTMLElement} content As high as all rows.
 * @property {HTMLElement} pane The part that is seen.
 * @property {HTMLElement} tree
 * @property {HTMLElement} splitter
 * @property {HTMLCanvasElement} bars
 * @property {HTMLElement} tooltip
 */

export class Picture {
  #places;
  #store;
  #session;
  #clock;
  #axis;
  #bars;
  #tree;
  #splitter;
  #folding;
  #layout;
  #navigation;
  #pointing;
  #window;
  #theme = readTheme();
  /** @type {Frame | null} What is drawn; null while there is nothing to draw. */
  #frame = null;
  #isScheduled = false;
  #onRows;

  /**
   * @param {Places} places
   * @param {{store: ViewStore, session: Session, clock: Clock}} parts
   * @param {(rows: number) => void} onRows Told how many rows there are, whenever they are drawn.
   */
  constructor(places, { store, session, clock }, onRows) {
    this.#onRows = onRows;
    this.#places = places;
    this.#store = store;
    this.#session = session;
    this.#clock = clock;
    this.#axis = new Axis(places.axis);
    this.#bars = new Bars(places.bars);
    this.#tree = new Tree(places.tree);
    this.#splitter = new Splitter(places.splitter, (names) => store.change("names", { names }));
    this.#folding = new Folding(store);
    this.#layout = new Layout(this.#folding);
    this.#navigation = new Navigation(this.#folding);
    this.#pointing = new Pointing(places.bars, new Tooltip(places.tooltip));
    this.#window = new TimeWindow(store);
    places.headings.append(treeHeadings());
    places.bars.setAttribute("aria-label", texts.canvas.bars);
    this.#listen();
  }

  #listen() {
    const { scroller, pane, tree, bars, axis } = this.#places;
    const invalidate = () => this.invalidate();
    this.#store.subscribe(invalidate);
    this.#session.subscribe(invalidate);
    this.#clock.subscribe(invalidate);
    scroller.addEventListener("scroll", invalidate, { passive: true });
    onThemeChange(() => {
      this.#theme = readTheme();
      this.invalidate();
    });
    // At once, not with the next frame: until then the browser would show the old picture stretched.
    new ResizeObserver(() => this.render()).observe(pane);
    new Gestures(bars, this.#gestureTarget());
    new Gestures(axis, { ...this.#gestureTarget(), hover: () => {}, pick: () => {} });
    new TreeInput(tree, this.#navigation, this.#pointing, {
      frame: () => this.#frame,
      invalidate,
      reveal: () => this.#reveal(),
    });
  }

  /** Draws with the next frame of the screen, however often it is asked. */
  invalidate() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.render();
    });
  }

  /** Draws now. */
  render() {
    const { model } = this.#session;
    this.#placeNames();
    this.#bars.fit();
    if (!model || model.tree.length === 0) return this.#clear();
    this.#layout.update(model);
    this.#places.content.style.height = `${this.#layout.rows.height}px`;
    const frame = this.#frameOf(model);
    this.#frame = frame;
    this.#axis.draw(frame);
    this.#bars.draw(frame);
    this.#tree.draw(frame);
    this.#pointing.tell(frame);
    this.#clock.setInterval(frame.scale.perPixel / 2e6);
    this.#onRows(frame.rows.length);
  }

  #clear() {
    this.#frame = null;
    this.#places.content.style.height = "";
    this.#axis.clear(this.#theme.paper);
    this.#bars.clear(this.#theme);
    this.#tree.clear();
    this.#pointing.leave();
  }

  #placeNames() {
    const { names } = this.#store.view;
    const { style } = this.#places.root;
    if (names === null) style.removeProperty("--names");
    else style.setProperty("--names", `${names}px`);
    this.#splitter.update();
  }

  /**
   * @param {TimelineModel} model
   * @returns {Frame}
   */
  #frameOf(model) {
    const { rows, branches } = this.#layout;
    const { scrollTop } = this.#places.scroller;
    const now = this.#clock.now();
    const scale = this.#window.scale(model, now, this.#bars.width);
    return {
      model,
      rows,
      branches,
      isFolded: this.#folding.of(model),
      scale,
      ticks: this.#ticksOf(model, scale),
      now,
      scrollTop,
      height: this.#places.pane.clientHeight,
      theme: this.#theme,
      activeNode: this.#navigation.node(model),
      hoverNode: this.#pointing.node({ rows, scrollTop }),
    };
  }

  /**
   * @param {TimelineModel} model
   * @param {import("./scale.js").Scale} scale
   */
  #ticksOf({ first }, scale) {
    const measure = (/** @type {string} */ label) => this.#axis.measure(label, this.#theme.font);
    return ticks(scale.from - first, scale.to - first, scale.width, TICK_SPACING, measure);
  }

  /** @returns {import("./gestures.js").GestureTarget} */
  #gestureTarget() {
    return {
      zoom: (factor, x) => this.#zoom(factor, x / Math.max(this.#bars.width, 1)),
      pan: (dx) => this.pan(-dx / Math.max(this.#bars.width, 1)),
      scroll: (dy) => this.#places.scroller.scrollBy(0, dy),
      fit: () => this.fit(),
      hover: (x, y) => this.#hover(x, y),
      pick: (y) => this.#pick(y),
      leave: () => this.leave(),
    };
  }

  /**
   * @param {number} factor Above 1 zooms out.
   * @param {number} part
   */
  #zoom(factor, part) {
    const { model } = this.#session;
    if (model) this.#window.zoom(model, this.#clock.now(), factor, part);
  }

  /** Zooms around the pointer if it is on the bars, else around the middle. @param {number} factor */
  zoom(factor) {
    this.#zoom(factor, this.#pointing.part);
  }

  /** @param {number} part Of the picture's width. */
  pan(part) {
    const { model } = this.#session;
    if (model) this.#window.pan(model, this.#clock.now(), part);
  }

  /** Shows the whole timeline. */
  fit() {
    this.#window.fit();
  }

  /** @param {number} rows */
  scroll(rows) {
    this.#places.scroller.scrollBy(0, rows * ROW_HEIGHT);
  }

  focusTree() {
    this.#places.tree.focus();
  }

  /**
   * @param {number} x In the window.
   * @param {number} y Likewise.
   */
  #hover(x, y) {
    this.#pointing.at({ over: "bars", x, y });
    this.invalidate();
  }

  /** Takes the tooltip away. */
  leave() {
    this.#pointing.leave();
    this.invalidate();
  }

  /** Chooses the row at a height of the canvas. @param {number} y */
  #pick(y) {
    const frame = this.#frame;
    const node = frame ? nodeAt(frame, y) : -1;
    if (!frame || node < 0) return;
    this.#navigation.choose(frame.model, node);
    this.invalidate();
  }

  /** Scrolls just so far that the row which the keyboard is on is seen. */
  #reveal() {
    const { model } = this.#session;
    if (!model) return;
    this.#layout.update(model);
    const { rows } = this.#layout;
    const row = rows.rowOf(this.#navigation.node(model));
    if (row < 0) return;
    const { scroller, pane, content } = this.#places;
    content.style.height = `${rows.height}px`;
    const below = rows.tops[row + 1] - pane.clientHeight;
    scroller.scrollTop = Math.min(Math.max(scroller.scrollTop, below), rows.tops[row]);
  }
}
