// What a bar looks like in each state. They differ in shape, not only in colour: a failed bar is
// hatched, outlined and taller; a cancelled one hollow with a line through it; an open one frays out
// at its right; one whose start is unknown frays in from the left; a point is a diamond. Of one that is
// truncated, a corner is turned down.

import { State } from "../model/states.js";

/** @typedef {import("./theme.js").Theme} Theme */

/**
 * Where a bar is, in CSS pixels.
 * @typedef {{left: number, right: number, top: number, height: number}} Box
 */

/** What no bar is narrower than, so that it can be seen at all. */
const MIN_WIDTH = 2;
/** From this width on a bar leaves the last pixel free, so that it can be told from the next one. */
const GAP_FROM = 4;
/** Ragged ends: where each strip begins and how wide it is, from the inside outwards. */
const STRIPS = /** @type {const} */ ([
  [0, 5],
  [7, 3],
  [12, 2],
]);
const RAGGED = 14;
const POINT_WIDTH = 10;
/** How large the turned down corner of a truncated event is. */
const TURNED = 5;
/** From this height on the line through a hollow bar leaves it hollow. */
const LINED_FROM = 5;

/** Draws bars onto one canvas. */
export class Shapes {
  #context;
  #theme;
  #hatch;

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   */
  constructor(context, theme) {
    this.#context = context;
    this.#theme = theme;
    this.#hatch = hatching(context, theme);
  }

  /**
   * @param {number} state
   * @param {boolean} hasStart False where only the end is known.
   * @param {string} colour
   * @param {Box} box
   */
  draw(state, hasStart, colour, box) {
    const isFailed = state === State.failed;
    if (!hasStart) this.#frayedIn(isFailed ? this.#theme.failed : colour, box);
    else if (isFailed) this.#hatched(box);
    else if (state === State.open) this.#frayedOut(colour, box);
    else if (state === State.cancelled) this.#hollow(colour, box);
    else if (state === State.point) this.#diamond(colour, box);
    else this.#solid(colour, box);
  }

  /**
   * @param {string} colour
   * @param {Box} box
   */
  #solid(colour, { left, right, top, height }) {
    this.#context.fillStyle = colour;
    this.#context.fillRect(left, top, visibleWidth(left, right), height);
  }

  /** @param {Box} box */
  #hatched({ left, right, top, height }) {
    const context = this.#context;
    const width = visibleWidth(left, right);
    this.#hatch?.setTransform(new DOMMatrix().translate(left, top));
    context.fillStyle = width > 5 && this.#hatch ? this.#hatch : this.#theme.failed;
    context.fillRect(left, top - 1, width, height + 2);
    if (width <= 5) return;
    context.strokeStyle = this.#theme.failed;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top - 0.5, width - 1, height + 1);
  }

  /**
   * @param {string} colour
   * @param {Box} box
   */
  #hollow(colour, { left, right, top, height }) {
    const context = this.#context;
    const width = visibleWidth(left, right);
    context.fillStyle = colour;
    if (height >= LINED_FROM) context.fillRect(left, top + height / 2 - 0.5, width, 1);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, Math.max(width - 1, 1), height - 1);
  }

  /**
   * @param {string} colour
   * @param {Box} box
   */
  #frayedOut(colour, { left, right, top, height }) {
    const context = this.#context;
    const inner = right - RAGGED;
    context.fillStyle = colour;
    if (inner > left) context.fillRect(left, top, inner - left, height);
    for (const [at, width] of STRIPS) {
      const from = Math.max(left, inner + at);
      const to = inner + at + width;
      if (to > from) context.fillRect(from, top, to - from, height);
    }
  }

  /**
   * @param {string} colour
   * @param {Box} box
   */
  #frayedIn(colour, { right, top, height }) {
    const context = this.#context;
    context.fillStyle = colour;
    for (const [at, width] of STRIPS) context.fillRect(right - at - width, top, width, height);
    context.fillRect(right, top - 1, 1.5, height + 2);
  }

  /**
   * A diamond; stretched where it stands for several points side by side.
   * @param {string} colour
   * @param {Box} box
   */
  #diamond(colour, { left, right, top, height }) {
    const context = this.#context;
    const half = Math.min(POINT_WIDTH, Math.max(height, 6)) / 2;
    const middle = top + height / 2;
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(left - half, middle);
    context.lineTo(left, middle - half);
    context.lineTo(right, middle - half);
    context.lineTo(right + half, middle);
    context.lineTo(right, middle + half);
    context.lineTo(left, middle + half);
    context.fill();
  }

  /**
   * A corner that is turned down: the sender left something out.
   * @param {Box} box
   */
  turnDown({ left, right, top, height }) {
    const context = this.#context;
    const size = Math.min(TURNED, height, Math.max(right - left, MIN_WIDTH));
    const corner = left + visibleWidth(left, right);
    context.beginPath();
    context.moveTo(corner - size, top - 1);
    context.lineTo(corner + 1, top - 1);
    context.lineTo(corner + 1, top + size);
    context.closePath();
    context.fillStyle = this.#theme.paper;
    context.fill();
    context.beginPath();
    context.moveTo(corner - size, top);
    context.lineTo(corner, top + size);
    context.lineTo(corner - size, top + size);
    context.closePath();
    context.fillStyle = this.#theme.ink;
    context.fill();
  }

  /**
   * A bracket over what it spans: an ancestor that is only implied.
   * @param {string} colour
   * @param {boolean} isOpen
   * @param {Box} box
   */
  bracket(colour, isOpen, { left, right, top, height }) {
    const context = this.#context;
    const width = Math.max(right - left, MIN_WIDTH);
    const inner = isOpen ? Math.max(0, width - RAGGED) : width;
    context.fillStyle = colour;
    context.fillRect(left, top, inner, 2);
    context.fillRect(left, top, 1.5, height);
    if (!isOpen) context.fillRect(left + width - 1.5, top, 1.5, height);
    else for (const [at, strip] of STRIPS) context.fillRect(left + inner + at, top, strip, 2);
  }
}

/**
 * @param {number} left
 * @param {number} right
 */
function visibleWidth(left, right) {
  const width = right - left;
  return width >= GAP_FROM ? width - 1 : Math.max(width, MIN_WIDTH);
}

/**
 * Diagonal stripes, which tile.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 */
function hatching(context, theme) {
  const size = 6;
  const tile = new OffscreenCanvas(size, size);
  const brush = /** @type {OffscreenCanvasRenderingContext2D} */ (tile.getContext("2d"));
  brush.fillStyle = theme.failed;
  brush.fillRect(0, 0, size, size);
  brush.strokeStyle = theme.failedStripe;
  brush.lineWidth = 1.6;
  for (const shift of [-size, 0, size]) {
    brush.moveTo(shift - 1, size + 1);
    brush.lineTo(shift + size + 1, -1);
  }
  brush.stroke();
  return context.createPattern(tile, "repeat");
}
