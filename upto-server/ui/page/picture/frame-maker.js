// Works out a frame: what of the view, the model and the answers is to be drawn.

import { Scale } from "./scale.js";
import { ticks } from "./ticks.js";
import { rangeOf } from "./window.js";

/** @typedef {import("../answers/overlays.js").Overlays} Overlays */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./axis.js").Axis} Axis */
/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./layout.js").Layout} Layout */

/** How far apart the marks of the axis are at least, in CSS pixels. */
const TICK_SPACING = 90;

/**
 * What the picture knows at the time.
 * @typedef {Pick<Frame, "isFolded" | "now" | "scrollTop" | "height" | "theme" | "hoverNode" | "pointer" | "crosshair">
 *   & {layout: Layout, width: number, overlays: Overlays | null}} Circumstances
 */

/** What is laid over the picture without any answers. */
const NOTHING = {
  path: /** @type {Frame["path"]} */ (new Map()),
  ghosts: /** @type {Frame["ghosts"]} */ (new Map()),
  steps: /** @type {Frame["steps"]} */ (new Map()),
  usual: /** @type {Frame["usual"]} */ (new Map()),
  baseline: null,
  layer: null,
};

export class FrameMaker {
  #store;
  #axis;

  /**
   * @param {ViewStore} store
   * @param {Axis} axis
   */
  constructor(store, axis) {
    this.#store = store;
    this.#axis = axis;
  }

  /**
   * @param {TimelineModel} model
   * @param {Circumstances} circumstances
   * @returns {Frame}
   */
  make(model, { layout, width, overlays, ...given }) {
    const { view } = this.#store;
    const { rows, branches } = layout;
    const scale = new Scale(rangeOf(view, model, given.now), width);
    const activeNode = chosenNode(view, model);
    return {
      ...given,
      ...(overlays?.of(model, rows, view) ?? NOTHING),
      model,
      rows,
      branches,
      activeNode,
      scale,
      ticks: this.#ticksOf(model, scale, given.theme.font),
      selected: selectedEvent(model, activeNode, view.id),
      least: (view.least ?? 0) * 1e9,
      marks: view.marks,
    };
  }

  /**
   * @param {TimelineModel} model
   * @param {import("./scale.js").Scale} scale
   * @param {string} font
   */
  #ticksOf({ first }, scale, font) {
    const measure = (/** @type {string} */ label) => this.#axis.measure(label, font);
    return ticks(scale.from - first, scale.to - first, scale.width, TICK_SPACING, measure);
  }
}

/**
 * The row that was chosen, as an index into the tree; -1 for none.
 * @param {import("../state/view.js").View} view
 * @param {TimelineModel} model
 */
export function chosenNode({ row }, { tree }) {
  return row === null ? -1 : tree.find(row);
}

/**
 * The event of a row that has an id; -1 for none.
 * @param {TimelineModel} model
 * @param {number} node
 * @param {string | null} id
 */
export function selectedEvent({ events, tree }, node, id) {
  if (id === null || node < 0) return -1;
  for (const lane of tree.lanes[node]?.lanes ?? []) {
    const found = lane.find((event) => events.idOf(event) === id);
    if (found !== undefined) return found;
  }
  return -1;
}
