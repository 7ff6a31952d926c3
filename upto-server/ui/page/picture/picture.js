// The picture: names on the left, bars on the right, drawn together in one frame.

import { Late } from "../late.js";
import * as texts from "../texts.js";
import { Axis } from "./axis.js";
import { Bars } from "./bars.js";
import { STACKED } from "./baseline.js";
import { Folding } from "./folding.js";
import { FrameMaker } from "./frame-maker.js";
import { Layout } from "./layout.js";
import { Minimap } from "./minimap.js";
import { tellPlace } from "./splitter.js";
import { onThemeChange, readTheme } from "./theme.js";
import { Touch } from "./touch.js";
import { Tree, TreeHeadings } from "./tree.js";

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
  #folding;
  #layout;
  #minimap;
  #headings = new TreeHeadings();
  #frames;
  #touch;
  /** What answers lay over it. @type {Late<Overlays>} */
  #overlays;
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
    this.#bars = new Bars(places.bars, () => this.invalidate());
    this.#tree = new Tree(places.tree);
    this.#folding = new Folding(store);
    this.#layout = new Layout(this.#folding);
    this.#minimap = new Minimap(places.minimap);
    this.#frames = new FrameMaker(store, this.#axis);
    this.#touch = new Touch([places.minimap, places.axis, places.pane], this.#grip());
    this.#overlays = new Late(
      async () => new (await import("../answers/overlays.js")).Overlays(answers),
      () => this.invalidate(),
    );
    answers.subscribe(() => {
      const { path, forecast, baseline } = answers;
      // Where nothing is to come, a forecast lays nothing over it.
      if (path.value ?? forecast.value?.steps[0] ?? baseline.value) this.#overlays.want();
      this.invalidate();
    });
    places.headings.append(this.#headings.element);
    places.bars.setAttribute("aria-label", texts.canvas.bars);
    places.splitter.setAttribute("aria-label", texts.tree.splitter);
    this.#listen();
  }

  #listen() {
    const { scroller, pane } = this.#places;
    const invalidate = () => this.invalidate();
    this.#store.subscribe((view, before) => {
      if (view.row !== before.row && view.row !== null) this.touch((hands) => hands.reveal());
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
  }

  /** @returns {import("./hands.js").Grip} */
  #grip() {
    return {
      places: this.#places,
      store: this.#store,
      session: this.#session,
      clock: this.#clock,
      folding: this.#folding,
      frame: () => this.#frame,
      whole: ({ model, now }) => this.#minimap.scale(model, now),
      layRows: (model) => this.#layRows(model),
      preview: (left, right) => {
        this.#axis.preview(left, right);
        this.invalidate();
      },
      invalidate: () => this.invalidate(),
    };
  }

  /** Does something on the picture, as a pointer would. @param {(hands: import("./hands.js").Hands) => void} act */
  touch(act) {
    this.#touch.use(act);
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
    this.#overlays.value?.plan(model);
    this.#layRows(model);
    const frame = this.#frameOf(model);
    this.#frame = frame;
    this.#minimap.draw(frame);
    this.#axis.draw(frame);
    this.#bars.draw(frame);
    this.#tree.draw(frame);
    this.#headings.draw(frame);
    this.#touch.hands?.pointing.tell(frame);
    this.#clock.setInterval(frame.scale.perPixel / 2e6);
    this.#onRows(frame.rows.length);
    this.#noteFirst(model);
  }

  /** @param {TimelineModel} model */
  #layRows(model) {
    this.#layout.update(model, this.#extra(model));
    const { rows } = this.#layout;
    this.#setHeight(rows.height);
    return rows;
  }

  /** What rows have at their bottom for another timeline. @param {TimelineModel} model */
  #extra(model) {
    return this.#store.view.stacked && this.#overlays.value?.baselineOf(model) ? STACKED : 0;
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
    this.#touch.hands?.pointing.leave();
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
    tellPlace(this.#places.splitter);
  }

  /**
   * @param {TimelineModel} model
   * @returns {Frame}
   */
  #frameOf(model) {
    const { scrollTop } = this.#places.scroller;
    const { rows } = this.#layout;
    // What draws marks comes with the hands.
    if (this.#store.view.marks.length > 0) this.touch(({ pointing }) => pointing.fetch());
    const { pointing } = this.#touch.hands ?? {};
    return this.#frames.make(model, {
      layout: this.#layout,
      isFolded: this.#folding.of(model),
      now: this.#clock.now(),
      scrollTop,
      width: this.#bars.width,
      height: this.#places.pane.clientHeight,
      theme: this.#theme,
      hoverNode: pointing?.node({ rows, scrollTop }) ?? -1,
      pointer: pointing?.x ?? null,
      crosshair: pointing?.crosshair ?? null,
      overlays: this.#overlays.value,
    });
  }

  /** What is drawn; null while there is nothing. */
  get frame() {
    return this.#frame;
  }
}
