// What answers say of a row, for the tooltip: how long it took in the other timeline, how much later it could have ended.

import { duration } from "../format.js";
import * as texts from "../texts.js";
import { changeOf } from "./baseline.js";
import { changeWords } from "./words.js";

/** @typedef {import("./facts.js").Fact} Fact */
/** @typedef {import("./frame.js").Frame} Frame */

const words = texts.tooltip;

/**
 * @param {Frame} frame
 * @param {number} node
 * @returns {Fact[]}
 */
export function answerFacts({ model, now, baseline, steps, usual }, node) {
  /** @type {Fact[]} */
  const facts = [];
  const name = model.nameOf(node) ?? "";
  const expected = usual.get(name);
  if (expected !== undefined) facts.push([words.usually, duration(expected)]);
  if (baseline)
    facts.push([words.change, changeWords(changeOf(model, node, baseline, now)) || texts.unknown]);
  const step = steps.get(name);
  if (step) {
    facts.push([words.slack, duration(step.slack * 1e9)]);
    facts.push([words.drag, duration(step.drag * 1e9)]);
  }
  return facts;
}
