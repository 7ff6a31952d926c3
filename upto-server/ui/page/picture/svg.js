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
const TITLE_HEIGHT = 26;
const TITLE_LIMIT = 160;
const INDENT = 12;
const NAME_LIMIT = 40;
/** Rows beyond this are left out: no program shows pictures that high. */
const MAX_HEIGHT = 30_000;

/** @typedef {{root: SVGElement, width: number, height: number}} Drawing */

/** What XML has no place for, not even escaped: control characters, and halves of characters. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/**
 * A text as XML can have it: a single character that it can't have would make all of it unreadable.
 * @param {string} text
 */
export function xmlText(text) {
  return text.replace(NOT_XML, "\u{fffd}");
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {string} text
 */
function shape(tag, attributes, text = "") {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, xmlText(String(value)));
  made.textContent = xmlText(text);
  return made;
}

/**
 * @param {Frame} frame
 * @param {string} title What it is of.
 * @returns {Drawing}
 */
export function svgOf(frame, title) {
  const { rows } = frame;
  let end = 0;
  while (end < rows.length && rows.tops[end] < MAX_HEIGHT) end++;
  return sheet(frame, title, 0, end);
}

/**
 * The same as sheets for a printer, which can't break a picture: each has its own axis.
 * @param {Frame} frame
 * @param {string} title
 * @param {number} most How high the rows of each may be, in CSS pixels.
 * @returns {Drawing[]}
 */
export function sheetsOf(frame, title, most) {
  const { rows } = frame;
  const sheets = [];
  for (let begin = 0; begin < rows.length && rows.tops[begin] < MAX_HEIGHT; ) {
    let end = begin + 1;
    while (end < rows.length && rows.tops[end + 1] - rows.tops[begin] <= most) end++;
    sheets.push(sheet(frame, begin === 0 ? title : "", begin, end));
    begin = end;
  }
  return sheets;
}

/**
 * Some of the rows, below a title and an axis.
 * @param {Frame} frame
 * @param {string} title Empty: none.
 * @param {number} begin The first row.
 * @param {number} end After the last one.
 * @returns {Drawing}
 */
function sheet(frame, title, begin, end) {
  const { scale, rows, theme } = frame;
  const above = title === "" ? 0 : TITLE_HEIGHT;
  const width = NAMES_WIDTH + scale.width;
  const height = above + AXIS_HEIGHT + rows.tops[end] - rows.tops[begin];
  const size = { width, height, viewBox: `0 ${-above} ${width} ${height}` };
  const root = shape("svg", { xmlns: NAMESPACE, ...size, "font-family": "sans-serif", "font-size": 12 });
  root.append(shape("rect", { y: -above, width, height, fill: theme.paper }));
  if (title !== "") {
    const place = { x: 6, y: 17 - above, fill: theme.ink, "font-size": 14, "font-weight": "bold" };
    root.append(shape("text", place, clip(title, TITLE_LIMIT)));
  }
  drawAxis(frame, root, height - above);
  for (let row = begin; row < end; row++) drawRow(frame, root, row, AXIS_HEIGHT + rows.tops[row] - rows.tops[begin]);
  return { root, width, height };
}

/** A drawing as a file has it. @param {Drawing} drawing */
export function textOf({ root }) {
  return new XMLSerializer().serializeToString(root);
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
 * @param {number} top Where it is.
 */
function drawRow(frame, root, row, top) {
  const { model, rows, theme, now, path, scale } = frame;
  const node = rows.nodes[row];
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
export async function pngOf(drawing) {
  const { width, height } = drawing;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(drawing))}`;
  await image.decode();
  const ratio = height > MAX_HEIGHT / 4 ? 1 : 2;
  const canvas = new OffscreenCanvas(Math.round(width * ratio), Math.round(height * ratio));
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}
