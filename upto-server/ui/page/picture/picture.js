// The picture: names on the left, bars on the right, drawn together in one frame.

import { ROW_HEIGHT } from "../model/rows.js";
import * as texts from "../texts.js";
import { Axis } from "./axis.js";
import { Bars } from "./bars.js";
import { STACKED } from "./baseline.js";
import { Folding } from "./folding.js";
import { FrameMaker } from "./frame-maker.js";
import { Gestures } from "./gestures.js";
import { hitAt, nodeAt } from "./hit.js";
import { Layout } from "./layout.js";
import { Minimap } from "./minimap.js";
import { Navigation } from "./navigation.js";
import { Pointing } from "./pointing.js";
import { listenToRanges } from "./range-input.js";
import { Splitter } from "./splitter.js";
import { onThemeChange, readTheme } from "./theme.js";
import { TreeInput } from "./tree-input.js";
import { Tree, TreeHeadings } from "./tree.js";
import { TimeWindow } from "./window.js";

/** @typedef {import("../answers/answers.js").Answers} Answers */
/** @typedef {import("../answers/overlays.js").Overlays} Overlays */
/** @typedef {import("../clock.js").Clock} Clock */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./frame.js").Frame} Frame */

/**
 * The elements that the picture fills.
 * @typedef {object} Places
 * @property {HTMLElement} root
 * @property {HTMLElement} headings
 * @property {HTMLCanvasElement} minimap
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
  #minimap;
  #headings = new TreeHeadings();
  #frames;
  /** @type {Overlays | null} What answers lay over it; null while there are none. */
  #overlays = null;
  #isFetching = false;
  #theme = readTheme();
  /** @type {Frame | null} What is drawn; null while there is nothing to draw. */
  #frame = null;
  #isScheduled = false;
  /** @type {TimelineModel | null} */
  #noted = null;
  #placed = "";
  #height = 0;
  #onRows;

  /**
   * @param {Places} places
   * @param {{store: ViewStore, session: Session, clock: Clock, answers: Answers}} parts
   * @param {(rows: number) => void} onRows Told how many rows there are, whenever they are drawn.
   */
  constructor(places, { store, session, clock, answers }, onRows) {
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
    this.#navigation = new Navigation(this.#folding, store);
    this.#pointing = new Pointing(places.bars, places.tooltip, () => this.invalidate());
    this.#window = new TimeWindow(store);
    this.#minimap = new Minimap(places.minimap);
    this.#frames = new FrameMaker(store, this.#axis, this.#window);
    answers.subscribe(() => {
      this.#fetchOverlays(answers);
      this.invalidate();
    });
    places.headings.append(this.#headings.element);
    places.bars.setAttribute("aria-label", texts.canvas.bars);
    this.#listen();
  }

  /** Where it fails, it is tried again with the next answer. @param {Answers} answers */
  async #fetchOverlays(answers) {
    const { path, forecast, baseline } = answers;
    const isNeeded = [path, forecast, baseline].some(({ value }) => value !== null);
    if (!isNeeded || this.#overlays || this.#isFetching) return;
    this.#isFetching = true;
    try {
      const { Overlays } = await import("../answers/overlays.js");
      this.#overlays = new Overlays(answers);
      this.invalidate();
    } catch {
      this.#isFetching = false;
    }
  }

  #listen() {
    const { scroller, pane, tree, bars } = this.#places;
    const invalidate = () => this.invalidate();
    this.#store.subscribe((view, before) => {
      if (view.row !== before.row && view.row !== null) this.#reveal();
      invalidate();
    });
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
    this.#listenToRanges();
    new TreeInput(tree, this.#navigation, this.#pointing, {
      frame: () => this.#frame,
      invalidate,
      reveal: () => this.#reveal(),
    });
  }

  /** The axis and the minimap. */
  #listenToRanges() {
    listenToRanges(this.#places.axis, this.#places.minimap, {
      frame: () => this.#frame,
      whole: ({ model, now }) => this.#minimap.scale(model, now),
      choose: (from, to) => this.#choose(from, to),
      move: (by) => this.#move(by),
      zoom: (factor, part) => this.#zoom(factor, part),
      fit: () => this.fit(),
      preview: (left, right) => {
        this.#axis.preview(left, right);
        this.invalidate();
      },
    });
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  #choose(from, to) {
    const { model } = this.#session;
    if (model) this.#window.choose(model, this.#clock.now(), from, to);
  }

  /** @param {number} by In nanoseconds. */
  #move(by) {
    const { scale } = this.#frame ?? {};
    if (scale) this.pan(by / (scale.to - scale.from));
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
    if (this.#store.view.page !== "timeline") return;
    this.#placeNames();
    this.#bars.fit();
    if (!model || model.tree.length === 0) return this.#clear();
    this.#overlays?.plan(model);
    this.#layout.update(model, this.#extra(model));
    this.#setHeight(this.#layout.rows.height);
    const frame = this.#frameOf(model);
    this.#frame = frame;
    this.#minimap.draw(frame);
    this.#axis.draw(frame);
    this.#bars.draw(frame);
    this.#tree.draw(frame);
    this.#headings.draw(frame);
    this.#pointing.tell(frame);
    this.#clock.setInterval(frame.scale.perPixel / 2e6);
    this.#onRows(frame.rows.length);
    this.#noteFirst(model);
  }

  /** What rows have at their bottom for another timeline. @param {TimelineModel} model */
  #extra(model) {
    return this.#store.view.stacked && this.#overlays?.baselineOf(model) ? STACKED : 0;
  }

  /** Notes when a timeline was first seen whole: what people wait for, and what the benchmark measures. @param {TimelineModel} model */
  #noteFirst(model) {
    if (this.#noted === model || this.#session.loaded !== null) return;
    this.#noted = model;
    requestAnimationFrame(() => setTimeout(() => performance.mark("upto-painted")));
  }

  /** As high as all rows; written only when it changes. @param {number} height In CSS pixels. */
  #setHeight(height) {
    if (height === this.#height) return;
    this.#height = height;
    this.#places.content.style.height = `${height}px`;
  }

  #clear() {
    this.#frame = null;
    this.#setHeight(0);
    this.#minimap.clear(this.#theme.paper);
    this.#axis.clear(this.#theme.paper);
    this.#bars.clear(this.#theme);
    this.#tree.clear();
    this.#pointing.leave();
  }

  /** Asking where things are costs a layout: only when it may have changed. */
  #placeNames() {
    const { names } = this.#store.view;
    const key = `${names} ${innerWidth}`;
    if (key === this.#placed) return;
    this.#placed = key;
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
    const { scrollTop } = this.#places.scroller;
    const { rows } = this.#layout;
    if (this.#store.view.marks.length > 0) this.#pointing.fetch();
    return this.#frames.make(model, {
      layout: this.#layout,
      isFolded: this.#folding.of(model),
      now: this.#clock.now(),
      scrollTop,
      width: this.#bars.width,
      height: this.#places.pane.clientHeight,
      theme: this.#theme,
      activeNode: this.#navigation.node(model),
      hoverNode: this.#pointing.node({ rows, scrollTop }),
      pointer: this.#pointing.x,
      crosshair: this.#pointing.crosshair,
      overlays: this.#overlays,
    });
  }

  /** @returns {import("./gestures.js").GestureTarget} */
  #gestureTarget() {
    return {
      zoom: (factor, x) => this.#zoom(factor, x / Math.max(this.#bars.width, 1)),
      pan: (dx) => this.pan(-dx / Math.max(this.#bars.width, 1)),
      scroll: (dy) => this.#places.scroller.scrollBy(0, dy),
      fit: () => this.fit(),
      hover: (x, y) => this.#hover(x, y),
      pick: (x, y, marks) => this.#pick(x, y, marks),
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

  /**
   * Chooses the event at a place of the canvas, else the row; or marks the instant.
   * @param {number} x
   * @param {number} y
   * @param {boolean} marks
   */
  #pick(x, y, marks) {
    const frame = this.#frame;
    if (!frame) return;
    if (marks) return this.#mark(frame, x);
    const node = nodeAt(frame, y);
    if (node < 0) return;
    const events = hitAt(frame, x, y)?.events ?? [];
    const id = events.length === 1 ? frame.model.events.idOf(events[0]) : "0";
    // The panel moves what is under the pointer.
    this.#pointing.leave();
    const panel = this.#store.view.panel ?? "details";
    this.#store.change("row", { row: frame.model.tree.name[node], id: id === "0" ? null : id, panel });
  }

  /** Marks the instant under the pointer, else the middle; a third one begins anew. */
  mark() {
    if (this.#frame) this.#mark(this.#frame, this.#pointing.part * this.#bars.width);
  }

  /**
   * @param {Frame} frame
   * @param {number} x
   */
  #mark({ scale, model }, x) {
    const { marks } = this.#store.view;
    const mark = (scale.time(x) - model.first) / 1e9;
    this.#store.change("mark", { marks: marks.length < 2 ? [...marks, mark] : [mark] });
  }

  /** Folds a level of names more, or less. @param {1 | -1} by */
  level(by) {
    const { model } = this.#session;
    if (model) this.#folding.step(model, by);
  }

  /** What is drawn; null while there is nothing. */
  get frame() {
    return this.#frame;
  }

  /** Takes the tooltip away, then the marks. */
  escape() {
    if (!this.#pointing.isTelling && this.#store.view.marks.length > 0)
      this.#store.change("mark", { marks: [] });
    this.leave();
  }

  /** Scrolls just so far that the row which was chosen is seen, and unfolds what it is folded into. */
  #reveal() {
    const { model } = this.#session;
    if (!model) return;
    const node = this.#navigation.node(model);
    if (node >= 0) this.#folding.unfoldAbove(model, node);
    this.#layout.update(model, this.#extra(model));
    const { rows } = this.#layout;
    const row = rows.rowOf(node);
    if (row < 0) return;
    const { scroller, pane } = this.#places;
    this.#setHeight(rows.height);
    const below = rows.tops[row + 1] - pane.clientHeight;
    scroller.scrollTop = Math.min(Math.max(scroller.scrollTop, below), rows.tops[row]);
  }
}
