// What is said of agents that are behind.

import { setText } from "../dom.js";
import { wholeSeconds } from "../format.js";
import * as texts from "../texts.js";

/** @typedef {import("../watch/types.js").Agent} Agent */

/**
 * @param {HTMLElement} note
 * @param {Agent[]} behind At least one; the one that is furthest behind first.
 */
export function tell(note, behind) {
  const times = behind.map(({ name, lag_seconds: lag }) => ({ name, time: wholeSeconds(lag * 1000) }));
  setText(note, texts.behind.note(times));
  note.title = texts.behind.detail(times);
}
