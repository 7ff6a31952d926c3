// What lists have in common: links into the page, states, menus of what can be done.

import { element } from "../dom.js";
import { clip } from "../model/names.js";
import { formatView } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../state/view.js").View} View */

const NAME_LIMIT = 200;
let menus = 0;

/**
 * Whether a name contains a text, in capitals or not.
 * @param {string} name
 * @param {string} text
 */
export function isMatch(name, text) {
  return name.toLowerCase().includes(text.trim().toLowerCase());
}

/**
 * A link to a view, with a name.
 * @param {string} name
 * @param {View} view
 */
export function nameLink(name, view) {
  const shown = name.trim() === "" ? texts.tree.blankSegment(name) : clip(name, NAME_LIMIT);
  return element("a", { href: `#${formatView(view)}` }, element("bdi", {}, shown));
}

/**
 * Headings, each where its column is written to.
 * @param {readonly string[]} labels
 * @param {readonly string[]} numbers Those of columns that are written to the right.
 */
export function headingsOf(labels, numbers) {
  return labels.map((label) => {
    const kind = numbers.includes(label) ? "number" : "";
    return element("th", { scope: "col", class: kind }, label);
  });
}

/** @param {string | null} state */
export function stateBadge(state) {
  const known = state === null ? undefined : texts.states[/** @type {keyof typeof texts.states} */ (state)];
  if (!known) return element("span", { class: "badge" }, texts.unknown);
  return element("span", { class: `badge ${state}` }, `${known.symbol} ${known.word}`);
}

/**
 * A button that opens a menu.
 * @param {string} name What it is about.
 * @param {[string, () => void][]} actions
 */
export function actionMenu(name, actions) {
  const id = `actions-${menus++}`;
  const label = texts.actions.label(clip(name, NAME_LIMIT));
  const button = element(
    "button",
    { type: "button", popovertarget: id, "aria-label": label, class: "more" },
    "⋯",
  );
  const items = actions.map(([text, act]) => {
    const item = element("button", { type: "button" }, text);
    item.addEventListener("click", act);
    return item;
  });
  const menu = element("div", { id, popover: "auto", class: "popover menu" }, ...items);
  menu.addEventListener("click", () => menu.hidePopover());
  menu.addEventListener("toggle", () => {
    const { right, bottom } = button.getBoundingClientRect();
    menu.style.left = `${Math.max(4, right - menu.offsetWidth)}px`;
    menu.style.top = `${Math.max(4, Math.min(bottom + 2, innerHeight - menu.offsetHeight - 4))}px`;
  });
  return element("span", {}, button, menu);
}
