// The last values of a check as a small line; where nothing was measured, it has a gap.

import { fleet as words } from "../texts.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 60;
const HEIGHT = 16;

/**
 * The runs of values that follow one another, each as points of a line.
 * @param {(number | null)[]} values
 * @returns {string[]}
 */
export function linesOf(values) {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const height = (/** @type {number} */ value) =>
    most > least ? 1 + (HEIGHT - 2) * (1 - (value - least) / (most - least)) : HEIGHT / 2;
  const step = WIDTH / Math.max(1, values.length - 1);
  /** @type {string[][]} */
  const lines = [[]];
  values.forEach((value, at) => {
    if (value === null) lines.push([]);
    else lines.at(-1)?.push(`${(at * step).toFixed(1)},${height(value).toFixed(1)}`);
  });
  return lines.filter((line) => line.length > 0).map((line) => line.join(" "));
}

/** @param {(number | null)[]} values */
export function sparkLine(values) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "spark-line");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", words.spark(values.length));
  for (const points of linesOf(values)) {
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", points);
    svg.append(line);
  }
  return svg;
}
