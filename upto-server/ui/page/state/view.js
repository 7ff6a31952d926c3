// What is looked at, and how: one value, which is also the fragment of the address.

/**
 * @typedef {object} View
 * @property {string | null} context Null: the one that is most worth looking at.
 * @property {string | null} timeline Null: the newest one, and the next one when it begins.
 * @property {number | null} from Left edge, in seconds from the timeline's first instant. Null: all of it.
 * @property {number | null} to Right edge likewise; null exactly when `from` is.
 * @property {ReadonlySet<string>} folded Names whose children are hidden.
 * @property {string} filter Shows only names that contain it.
 * @property {boolean} raw Shows times as they were sent, where clocks disagree too.
 * @property {number | null} names Width of the names' column in CSS pixels; null: as the page likes.
 */

/** @type {View} */
export const EVERYTHING = Object.freeze({
  context: null,
  timeline: null,
  from: null,
  to: null,
  folded: new Set(),
  filter: "",
  raw: false,
  names: null,
});

/** Addresses longer than this do not survive being sent around; folded names beyond it are left out. */
const MAX_FOLDED_LENGTH = 4000;

/** @param {number} seconds */
function secondsText(seconds) {
  return seconds.toFixed(9).replace(/\.?0+$/, "");
}

/**
 * @param {URLSearchParams} parameters
 * @param {ReadonlySet<string>} folded
 */
function appendFolded(parameters, folded) {
  let length = 0;
  for (const name of folded) {
    length += name.length;
    if (length > MAX_FOLDED_LENGTH) return;
    parameters.append("fold", name);
  }
}

/**
 * The view as the fragment of an address, without its `#`. What is as usual is left out.
 * @param {View} view
 * @returns {string}
 */
export function formatView(view) {
  const parameters = new URLSearchParams();
  if (view.context !== null) parameters.set("context", view.context);
  if (view.timeline !== null) parameters.set("timeline", view.timeline);
  if (view.from !== null && view.to !== null) {
    parameters.set("from", secondsText(view.from));
    parameters.set("to", secondsText(view.to));
  }
  if (view.filter !== "") parameters.set("filter", view.filter);
  if (view.raw) parameters.set("times", "raw");
  if (view.names !== null) parameters.set("names", String(view.names));
  appendFolded(parameters, view.folded);
  return parameters.toString();
}

/**
 * A finite number, or null for anything else.
 * @param {string | null} text
 */
function numberIn(text) {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * The view that a fragment describes. What it does not understand is as usual: a mistyped address
 * shows the timeline rather than an error.
 * @param {string} fragment With or without its `#`.
 * @returns {View}
 */
export function parseView(fragment) {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const from = numberIn(parameters.get("from"));
  const to = numberIn(parameters.get("to"));
  const isRange = from !== null && to !== null && from < to;
  const context = parameters.get("context");
  return {
    context,
    timeline: context === null ? null : parameters.get("timeline"),
    from: isRange ? from : null,
    to: isRange ? to : null,
    folded: new Set(parameters.getAll("fold")),
    filter: parameters.get("filter") ?? "",
    raw: parameters.get("times") === "raw",
    names: numberIn(parameters.get("names")),
  };
}
