// What the pages about watching have in common: sections with tables, standings in words, bars for uptime.

import { element } from "../dom.js";
import { partOf } from "../format.js";
import { clip } from "../model/names.js";
import { shareBar } from "../panel/parts.js";
import * as texts from "../texts.js";

const NAME_LIMIT = 200;

/** A name of a stranger's. @param {string} name */
export function nameText(name) {
  return element("bdi", {}, name.trim() === "" ? texts.tree.blankSegment(name) : clip(name, NAME_LIMIT));
}

/** @param {string} state */
export function standingBadge(state) {
  const { symbol, word } = texts.standings[state] ?? { symbol: "", word: state };
  return element("span", { class: `badge ${state}` }, `${symbol} ${word}`);
}

/**
 * A table with headings, and its body.
 * @param {string} title
 * @param {readonly string[]} headings
 */
export function tableOf(title, headings) {
  const body = element("tbody", {});
  const cells = headings.map((label) => element("th", { scope: "col" }, label));
  const head = element("thead", {}, element("tr", {}, ...cells));
  const table = element("table", { class: "list", "aria-label": title }, head, body);
  return { table: element("div", { class: "scrolls" }, table), body };
}

/**
 * What part of a time something was up, as a bar and in digits; null: nobody knows.
 * @param {number | null} share
 */
export function uptime(share) {
  if (share === null) return element("span", { class: "note" }, "–");
  const bar = shareBar(share, share < 1 ? "worse" : "better");
  return element("span", { class: `shared ${share < 1 ? "worse" : ""}` }, bar, partOf(share));
}

/**
 * Whether a service and its state are among those that are asked for.
 * @param {{search: string, states: string}} view
 * @param {string} service
 * @param {string} state
 */
export function isWanted({ search, states }, service, state) {
  const isNamed = service.toLowerCase().includes(search.trim().toLowerCase());
  return isNamed && (states === "" || states.split(",").includes(state));
}
