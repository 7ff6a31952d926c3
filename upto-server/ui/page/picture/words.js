// What a row or an event says of itself in words: for the tree, the tooltip and screen readers.

import { duration, runningDuration } from "../format.js";
import { STATE_NAMES } from "../model/states.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";

/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */

const NAME_LIMIT = 300;

/**
 * @param {TimelineModel} model
 * @param {number} node
 */
export function segmentWords(model, node) {
  const segment = clip(model.tree.segment[node], NAME_LIMIT);
  return segment.trim() === "" ? texts.tree.blankSegment(segment) : segment;
}

/**
 * @param {TimelineModel} model
 * @param {number} node
 */
export function hostWords(model, node) {
  const hosts = model.hostsOf(node);
  if (typeof hosts !== "number") return texts.tree.hosts(hosts.size);
  return hosts < 0 ? "" : clip(model.hosts[hosts], NAME_LIMIT);
}

/**
 * How long the events of a name took: the only one, the sum of several, or what an implied ancestor
 * spans. Empty where nothing is known, as for points and for unknown starts.
 * @param {TimelineModel} model
 * @param {number} node
 * @param {number} now
 */
export function durationWords({ tree }, node, now) {
  if (tree.own[node] === 0) return durationOf(tree.until(node, now) - tree.first[node], tree.open[node] > 0);
  const total = tree.total(node, now);
  if (Number.isNaN(total)) return "";
  const words = durationOf(total, tree.ownOpen[node] > 0);
  return tree.ownTimed[node] > 1 ? texts.tree.sum(words) : words;
}

/**
 * @param {number} nanoseconds
 * @param {boolean} isRunning
 */
export function durationOf(nanoseconds, isRunning) {
  return isRunning ? runningDuration(nanoseconds) : duration(nanoseconds);
}

/**
 * What a state is called and marked with.
 * @param {number} state
 */
export function stateWords(state) {
  return texts.states[STATE_NAMES[state]];
}

/**
 * How much longer something took than before: `+45 %`; `new` where it was not there before, empty where nobody knows.
 * @param {number} change 0.45 for that; infinite where it was not there.
 */
export function changeWords(change) {
  if (change === Infinity) return texts.tree.isNew;
  if (Number.isNaN(change)) return "";
  const percent = Math.round(change * 100);
  if (percent === 0) return "0 %";
  return percent < 0 ? `−${-percent} %` : `+${percent} %`;
}
