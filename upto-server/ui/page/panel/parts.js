// What the panes below the picture have in common: buttons that lead to a row or a timeline, bars for shares, and what is
// said while there is no answer.

import { element } from "../dom.js";
import { duration } from "../format.js";
import { clip } from "../model/names.js";
import { ELSEWHERE } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../answers/answers.js").Answers} Answers */
/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../clock.js").Clock} Clock */
/** @typedef {import("../picture/frame.js").Frame} Frame */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @template T @typedef {import("../answers/slot.js").Slot<T>} Slot */

/**
 * What a pane may know.
 * @typedef {object} Parts
 * @property {ViewStore} store
 * @property {Session} session
 * @property {Answers} answers
 * @property {Clock} clock
 * @property {HalClient} client
 * @property {() => Frame | null} frame What is drawn.
 */

/** What is shown in the panel. @typedef {{element: HTMLElement, update: () => void}} Pane */

const NAME_LIMIT = 300;

/** @param {number | null | undefined} seconds */
export function secondsWords(seconds) {
  return seconds === null || seconds === undefined ? texts.unknown : duration(seconds * 1e9);
}

/** @param {number} seconds */
export function changeOfSeconds(seconds) {
  return seconds < 0 ? `−${duration(-seconds * 1e9)}` : `+${duration(seconds * 1e9)}`;
}

/** @param {number} share */
export function percentWords(share) {
  return `${(share * 100).toFixed(1)} %`;
}

/**
 * A button with a name, which chooses its row.
 * @param {Parts} parts
 * @param {string} name
 * @param {string} [host] Where rows are grouped by host, the one that is meant; else the first.
 * @param {string | null} id Of the event that is meant, where it is one.
 */
export function rowButton({ store, session }, name, host, id = null) {
  const button = element(
    "button",
    { type: "button", class: "link" },
    element("bdi", {}, clip(name, NAME_LIMIT)),
  );
  button.addEventListener("click", () => {
    const { model } = session;
    const node = model?.find(name, host) ?? -1;
    store.change("row", { row: model?.tree.name[node] ?? name, id });
  });
  return button;
}

/**
 * A button that leads to another timeline of the context.
 * @param {Parts} parts
 * @param {string} timeline
 */
export function timelineButton({ store, session }, timeline) {
  const button = element(
    "button",
    { type: "button", class: "link" },
    element("bdi", {}, clip(timeline, NAME_LIMIT)),
  );
  button.addEventListener("click", () => {
    const context = session.context?.name ?? store.view.context;
    store.change("choose", { ...ELSEWHERE, context, timeline });
  });
  return button;
}

/**
 * Tells why the timeline that is shown took longer than another one.
 * @param {Parts} parts
 * @param {string} timeline
 */
export function compareWith({ store }, timeline) {
  store.change("panel", { panel: "causes", compare: timeline });
}

/**
 * A bar as long as a share.
 * @param {number} share 0 to 1.
 * @param {string} kind
 */
export function shareBar(share, kind = "") {
  const bar = element("span", { class: `share ${kind}`, "aria-hidden": "true" });
  bar.style.setProperty("--share", String(Math.min(1, Math.abs(share))));
  return bar;
}

/**
 * What is said in place of an answer: that it is asked for, or why there is none; null where there is one.
 * @param {Slot<unknown>} slot
 */
export function insteadOf({ value, error }) {
  if (value !== null) return null;
  if (error !== null) return element("p", { role: "status" }, texts.failure(error));
  return element("p", { role: "status" }, texts.panel.asking);
}

/**
 * What was left out of an answer, in words; nothing where nothing was.
 * @param {{open: number, unknown_start: number}} leftOut
 */
export function leftOutNote(leftOut) {
  const words = texts.leftOut(leftOut);
  return words === "" ? [] : [element("p", { class: "note" }, words)];
}
