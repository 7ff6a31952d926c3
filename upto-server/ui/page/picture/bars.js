// The bars over time: own occurrences in lanes, implied ancestors as brackets.

import { Late } from "../late.js";
import { State } from "../model/states.js";
import { MAX_LANES } from "../model/lanes.js";
import { ROW_PADDING } from "../model/rows.js";
import { isAbove } from "./baseline.js";
import { laneBox, seenRows } from "./frame.js";
import { Labels } from "./labels.js";
import { eachRun } from "./runs.js";
import { Shapes } from "./shapes.js";
import { Surface } from "./surface.js";

/** @typedef {import("../model/lanes.js").Lanes} Lanes */
/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./frame.js").SeenRow} SeenRow */
/** @typedef {import("./shapes.js").Box} Box */
/** @typedef {import("./theme.js").Theme} Theme */

/** What is further outside than this is cut off before drawing: canvases lose precision far away. */
const OUTSIDE = 64;

export class Bars {
  #surface;
  #labels;
  /** What others draw with. @type {import("./answer-layer.js").Brush} */
  #brush;
  /** What folded rows show of what is below them. @type {Late<import("./folded.js").Folded>} */
  #folded;
  /** Device pixels to a CSS pixel, asked for once a frame: every bar needs it. */
  #ratio = 1;
  /** @type {Shapes | null} */
  #shapes = null;
  /** @type {Theme | null} */
  #theme = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} invalidate
   */
  constructor(canvas, invalidate) {
    this.#folded = new Late(async () => new (await import("./folded.js")).Folded(), invalidate);
    this.#surface = new Surface(canvas);
    const { context } = this.#surface;
    this.#labels = new Labels(context);
    this.#brush = { context, clamp: (x) => this.#clamp(x) };
  }

  get width() {
    return this.#surface.width;
  }

  /** Takes the size that its place has now. */
  fit() {
    this.#surface.fit();
  }

  /** @param {Theme} theme */
  clear(theme) {
    this.#surface.fit();
    this.#surface.clear(theme.paper);
  }

  /** @param {Frame} frame */
  draw(frame) {
    if (this.#theme !== frame.theme) this.#shapes = new Shapes(this.#surface.context, frame.theme);
    this.#theme = frame.theme;
    this.#ratio = devicePixelRatio;
    this.#surface.clear(frame.theme.paper);
    const seen = seenRows(frame);
    for (const row of seen) this.#drawGround(frame, row);
    this.#drawGrid(frame);
    if (frame.model.open > 0) this.#drawNow(frame);
    for (const row of seen) this.#drawRow(frame, row);
    for (const row of seen) frame.layer?.drawAnswers(this.#brush, frame, row);
    frame.crosshair?.drawLines(this.#surface, frame);
  }

  /** What is drawn, as a picture. */
  get canvas() {
    return this.#surface.canvas;
  }

  /**
   * @param {Frame} frame
   * @param {SeenRow} row
   */
  #drawGround({ theme, activeNode, hoverNode }, { row, node, top, height }) {
    const colour =
      node === activeNode
        ? theme.active
        : node === hoverNode
          ? theme.hover
          : row % 2 === 1
            ? theme.stripe
            : null;
    if (colour === null) return;
    this.#surface.context.fillStyle = colour;
    this.#surface.context.fillRect(0, top, this.#surface.width, height);
  }

  /** @param {Frame} frame */
  #drawGrid({ model, scale, theme, ticks }) {
    this.#surface.context.fillStyle = theme.line;
    for (const { time } of ticks) {
      this.#surface.context.fillRect(Math.round(scale.x(model.first + time)), 0, 1, this.#surface.height);
    }
  }

  /** @param {Frame} frame */
  #drawNow({ scale, now, theme }) {
    const { context, height } = this.#surface;
    context.strokeStyle = theme.now;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.beginPath();
    const x = Math.round(scale.x(now)) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * @param {Frame} frame
   * @param {SeenRow} row
   */
  #drawRow(frame, row) {
    const { node, top, own } = row;
    const { model, branches, theme, layer } = frame;
    const colour = theme.bars[branches[node] % theme.bars.length];
    layer?.drawBaseline(this.#brush, frame, row);
    if (model.tree.isPlanned(node)) return;
    const lanes = model.tree.lanes[node];
    if (!lanes) this.#drawBracket(frame, node, top, colour);
    else this.#drawLanes(frame, node, lanes, top, colour);
    if (frame.isFolded(node) && model.tree.children[node].length > 0)
      this.#folded.want()?.draw(this.#brush, frame, node, top + own, colour);
  }

  /**
   * @param {Frame} frame
   * @param {number} node
   * @param {number} top
   * @param {string} colour
   */
  #drawBracket({ model, scale, now, baseline }, node, top, colour) {
    const left = this.#clamp(scale.x(model.tree.first[node]));
    const right = this.#clamp(scale.x(model.tree.until(node, now)));
    const isOpen = model.tree.open[node] > 0;
    const below = isAbove(baseline) ? 4 : 3;
    this.#shapes?.bracket(colour, isOpen, { left, right, top: top + ROW_PADDING + below, height: 6 });
  }

  /**
   * @param {Frame} frame
   * @param {number} node
   * @param {Lanes} rowLanes
   * @param {number} top
   * @param {string} colour
   */
  #drawLanes(frame, node, rowLanes, top, colour) {
    const { model, scale, now, least, baseline } = frame;
    const { lanes } = rowLanes;
    const isParent = model.tree.children[node].length > 0;
    lanes.forEach((lane, number) => {
      const place = laneBox(number, lanes.length, isParent, isAbove(baseline));
      const box = { left: 0, right: 0, top: top + place.top, height: place.height };
      const rules = { overlaps: number === MAX_LANES - 1, least };
      eachRun(model.events, lane, rules, scale, now, (run) => this.#drawRun(frame, run, colour, box));
    });
  }

  /**
   * @param {Frame} frame
   * @param {import("./runs.js").Run} run
   * @param {string} colour
   * @param {Box} box Where its lane is.
   */
  #drawRun(frame, run, colour, box) {
    const { events } = frame.model;
    box.left = this.#clamp(run.left);
    box.right = this.#clamp(run.right);
    const hasStart = run.count > 1 || !Number.isNaN(events.start[run.event]);
    this.#shapes?.draw(run.state, hasStart, colour, box);
    for (const failure of run.failures) this.#drawFailure(failure, box);
    if (run.count > 1) return;
    if (events.details.get(run.event)?.truncated) this.#shapes?.turnDown(box);
    if (run.state === State.done && hasStart) this.#labels.within(frame, run.event, box);
    if (run.state === State.open) this.#labels.beside(frame, run.event, box);
    if (run.event === frame.selected) this.#drawSelected(frame, box);
  }

  /**
   * @param {Frame} frame
   * @param {Box} box
   */
  #drawSelected({ theme }, { left, right, top, height }) {
    const { context } = this.#surface;
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.strokeRect(left - 1, top - 1, Math.max(right - left, 2) + 1, height + 2);
  }

  /**
   * A failed event in a run of many.
   * @param {number} x
   * @param {Box} box
   */
  #drawFailure(x, { top, height }) {
    const left = this.#clamp(x);
    this.#shapes?.draw(State.failed, true, "", { left, right: left, top, height });
  }

  /** @param {number} x */
  #clamp(x) {
    const ratio = this.#ratio;
    return Math.round(Math.min(Math.max(x, -OUTSIDE), this.#surface.width + OUTSIDE) * ratio) / ratio;
  }
}
