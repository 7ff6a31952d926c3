// The bars over time: own occurrences in lanes, implied ancestors as brackets.

import { State } from "../model/events.js";
import { MAX_LANES } from "../model/lanes.js";
import { ROW_PADDING } from "../model/rows.js";
import { laneBox, seenRows } from "./frame.js";
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
  /** @type {Shapes | null} */
  #shapes = null;
  /** @type {Theme | null} */
  #theme = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#surface = new Surface(canvas);
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
    this.#surface.clear(frame.theme.paper);
    const seen = seenRows(frame);
    for (const row of seen) this.#drawGround(frame, row);
    this.#drawGrid(frame);
    if (frame.model.open > 0) this.#drawNow(frame);
    for (const row of seen) this.#drawRow(frame, row);
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
  #drawRow(frame, { node, top }) {
    const { model, branches, theme } = frame;
    const colour = theme.bars[branches[node] % theme.bars.length];
    const lanes = model.tree.lanes[node];
    if (!lanes) this.#drawBracket(frame, node, top, colour);
    else this.#drawLanes(frame, node, lanes, top, colour);
  }

  /**
   * @param {Frame} frame
   * @param {number} node
   * @param {number} top
   * @param {string} colour
   */
  #drawBracket({ model, scale, now }, node, top, colour) {
    const left = this.#clamp(scale.x(model.tree.first[node]));
    const right = this.#clamp(scale.x(model.tree.until(node, now)));
    const isOpen = model.tree.open[node] > 0;
    this.#shapes?.bracket(colour, isOpen, { left, right, top: top + ROW_PADDING + 3, height: 6 });
  }

  /**
   * @param {Frame} frame
   * @param {number} node
   * @param {Lanes} rowLanes
   * @param {number} top
   * @param {string} colour
   */
  #drawLanes({ model, scale, now }, node, rowLanes, top, colour) {
    const { events, tree } = model;
    const { lanes } = rowLanes;
    const isParent = tree.children[node].length > 0;
    lanes.forEach((lane, number) => {
      const place = laneBox(number, lanes.length, isParent);
      const box = { left: 0, right: 0, top: top + place.top, height: place.height };
      eachRun(events, lane, number === MAX_LANES - 1, scale, now, (run) => {
        box.left = this.#clamp(run.left);
        box.right = this.#clamp(run.right);
        this.#shapes?.draw(run.state, run.count > 1 || !Number.isNaN(events.start[run.event]), colour, box);
        for (const failure of run.failures) this.#drawFailure(failure, box);
      });
    });
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
    const ratio = devicePixelRatio;
    return Math.round(Math.min(Math.max(x, -OUTSIDE), this.#surface.width + OUTSIDE) * ratio) / ratio;
  }
}
