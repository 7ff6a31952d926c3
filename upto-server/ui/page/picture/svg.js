// The picture as a file: all rows, in the range that is looked at, drawn as vectors.

import { State } from "../model/states.js";
import { clip } from "../model/names.js";
import { baselineBox, eachBaselineRun, isAbove } from "./baseline.js";
import { laneBox } from "./frame.js";
import { eachRun } from "./runs.js";
import { durationWords, segmentWords } from "./words.js";

/** @typedef {import("./frame.js").Frame} Frame */

const NAMESPACE = "http://www.w3.org/2000/svg";
const NAMES_WIDTH = 300;
const AXIS_HEIGHT = 24;
const INDENT = 12;
const NAME_LIMIT = 40;
/** Rows beyond this are left out: no program shows pictures that high. */
const MAX_HEIGHT = 30_000;

/** @typedef {{text: string, width: number, height: number}} Drawing */

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {string} text
 */
function shape(tag, attributes, text = "") {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}

/**
 * @param {Frame} frame
 * @returns {Drawing}
 */
export function svgOf(frame) {
  const { scale, rows, theme } = frame;
  const width = NAMES_WIDTH + scale.width;
  const height = AXIS_HEIGHT + Math.min(rows.height, MAX_HEIGHT);
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  const root = shape("svg", { xmlns: NAMESPACE, ...size, "font-family": "sans-serif", "font-size": 12 });
  root.append(shape("rect", { width, height, fill: theme.paper }));
  drawAxis(frame, root, height);
  for (let row = 0; row < rows.length && rows.tops[row] < MAX_HEIGHT; row++) drawRow(frame, root, row);
  return { text: new XMLSerializer().serializeToString(root), width, height };
}

/**
 * @param {Frame} frame
 * @param {SVGElement} root
 * @param {number} height
 */
function drawAxis({ model, scale, theme, ticks }, root, height) {
  for (const { time, label } of ticks) {
    const x = NAMES_WIDTH + scale.x(model.first + time);
    if (x < NAMES_WIDTH) continue;
    root.append(shape("rect", { x, y: 0, width: 1, height, fill: theme.line }));
    root.append(shape("text", { x: x + 4, y: 16, fill: theme.muted }, label));
  }
}

/**
 * @param {Frame} frame
 * @param {SVGElement} root
 * @param {number} row
 */
function drawRow(frame, root, row) {
  const { model, rows, theme, now, path, scale } = frame;
  const node = rows.nodes[row];
  const top = AXIS_HEIGHT + rows.tops[row];
  const x = 6 + model.tree.depth[node] * INDENT;
  root.append(
    shape("text", { x, y: top + 15, fill: theme.ink }, clip(segmentWords(model, node), NAME_LIMIT)),
  );
  const right = { x: NAMES_WIDTH - 8, y: top + 15, fill: theme.muted, "text-anchor": "end" };
  if (!model.tree.isPlanned(node)) root.append(shape("text", right, durationWords(model, node, now)));
  drawBars(frame, root, row, top);
  for (const { from, to } of path.get(node) ?? []) {
    const y = top + rows.tops[row + 1] - rows.tops[row] - rows.extra - 4;
    root.append(bar(frame, scale.x(from), scale.x(to), { y, height: 2, fill: theme.ink }));
  }
}

/**
 * @param {Frame} frame
 * @param {SVGElement} root
 * @param {number} row
 * @param {number} top
 */
function drawBars(frame, root, row, top) {
  const { model, rows, branches, theme, baseline, scale, now, least } = frame;
  const node = rows.nodes[row];
  const colour = theme.bars[branches[node] % theme.bars.length];
  const isParent = model.tree.children[node].length > 0;
  if (baseline) {
    const box = baselineBox(baseline, rows.tops[row + 1] - rows.tops[row]);
    const place = { y: top + box.top, height: box.height, fill: theme.ghost };
    eachBaselineRun(frame, baseline, node, (left, right) => root.append(bar(frame, left, right, place)));
  }
  const lanes = model.tree.lanes[node]?.lanes ?? [];
  lanes.forEach((lane, number) => {
    const box = laneBox(number, lanes.length, isParent, isAbove(baseline));
    const place = { y: top + box.top, height: box.height };
    eachRun(model.events, lane, { overlaps: true, least }, scale, now, (run) =>
      root.append(bar(frame, run.left, run.right, { ...place, ...paint(run.state, colour, theme.failed) })),
    );
  });
  if (lanes.length > 0 || model.tree.isPlanned(node)) return;
  const ends = [scale.x(model.tree.first[node]), scale.x(model.tree.until(node, now))];
  root.append(bar(frame, ends[0], ends[1], { y: top + 9, height: 2, fill: colour }));
}

/**
 * @param {Frame} frame
 * @param {number} left
 * @param {number} right
 * @param {Record<string, string | number>} rest
 */
function bar({ scale }, left, right, rest) {
  const from = Math.min(Math.max(left, 0), scale.width);
  const to = Math.min(Math.max(right, from + 1), scale.width);
  return shape("rect", { x: NAMES_WIDTH + from, width: Math.max(to - from, 0), ...rest });
}

/**
 * How a state looks, without relying on colour: hollow, dashed, heavily outlined.
 * @param {number} state
 * @param {string} colour
 * @param {string} failed
 * @returns {Record<string, string | number>}
 */
function paint(state, colour, failed) {
  if (state === State.failed)
    return { fill: failed, "fill-opacity": 0.55, stroke: failed, "stroke-width": 2 };
  if (state === State.cancelled) return { fill: "none", stroke: colour };
  if (state === State.open)
    return { fill: colour, "fill-opacity": 0.6, stroke: colour, "stroke-dasharray": "4 3" };
  return { fill: colour };
}

/**
 * The same in pixels, two for each.
 * @param {Drawing} drawing
 * @returns {Promise<Blob>}
 */
export async function pngOf({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const ratio = height > MAX_HEIGHT / 4 ? 1 : 2;
  const canvas = new OffscreenCanvas(Math.round(width * ratio), Math.round(height * ratio));
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}
