// The colours of the canvas, read from the style sheet, so that they are said in one place.

/**
 * @typedef {object} Theme
 * @property {string} ink
 * @property {string} muted
 * @property {string} paper
 * @property {string} stripe
 * @property {string} line
 * @property {string} hover
 * @property {string} active
 * @property {string} failed
 * @property {string} failedStripe
 * @property {string} now
 * @property {string} accent
 * @property {string} density The minimap's columns.
 * @property {string} shade What is not looked at.
 * @property {string} ghost What was in another timeline.
 * @property {string[]} bars One for each branch, used in turn.
 * @property {string} font
 */

const COLOURS = /** @type {const} */ ([
  "ink",
  "muted",
  "paper",
  "stripe",
  "line",
  "hover",
  "active",
  "failed",
  "now",
  "accent",
  "density",
  "shade",
  "ghost",
]);
/** @typedef {typeof COLOURS[number]} Colour */
const BAR_COLOURS = 6;

/** @returns {Theme} */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    .../** @type {Record<Colour, string>} */ (Object.fromEntries(COLOURS.map((name) => [name, read(name)]))),
    failedStripe: read("failed-stripe"),
    bars: Array.from({ length: BAR_COLOURS }, (_, index) => read(`bar-${index}`)),
    font: `11px ${read("font")}`,
  };
}

/** @param {() => void} listener Called when the colours have become others. */
export function onThemeChange(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
  matchMedia("(forced-colors: active)").addEventListener("change", listener);
}
