// Hosts as rows, checks as columns. Hosts that are gone stay, and say so.

import { element } from "../dom.js";
import { duration } from "../format.js";
import { clip } from "../model/names.js";
import { amount } from "./amount.js";
import { sparkLine } from "./spark-line.js";
import { fleet as words } from "../texts.js";

/** @typedef {{state: "ok" | "failed" | "timeout" | "stale", value: number | null, problem: string | null,
 *   age_seconds: number | null, time: string | null, recent?: (number | null)[]}} Standing */
/** @typedef {{name: string, there: boolean, checks: Record<string, Standing>}} Host */
/** @typedef {{name: string, unit: string}} Check */

const NAME_LIMIT = 200;
/** From so many percent on, something is nearly full. */
const NEARLY_FULL = 90;

/**
 * The row of the checks' names, each of which opens its chart.
 * @param {Check[]} checks
 * @param {(check: string) => void} onChoose
 */
export function headRow(checks, onChoose) {
  const cells = checks.map(({ name }) => {
    const button = element("button", { type: "button", title: words.show(name) }, clip(name, NAME_LIMIT));
    button.addEventListener("click", () => onChoose(name));
    return element("th", { scope: "col" }, button);
  });
  return element("tr", {}, element("th", { scope: "col" }, words.host), ...cells);
}

/**
 * @param {Host} host
 * @param {Check[]} checks
 * @param {(check: string) => void} onChoose
 */
export function hostRow(host, checks, onChoose) {
  const name = element("bdi", {}, clip(host.name, NAME_LIMIT));
  const gone = host.there ? [] : [element("span", { class: "gone" }, ` ${words.gone}`)];
  const cells = checks.map((check) => cell(check, host.checks[check.name], onChoose));
  const row = element("tr", {}, element("th", { scope: "row" }, name, ...gone), ...cells);
  row.dataset.name = host.name;
  return row;
}

/**
 * @param {Check} check
 * @param {Standing | undefined} standing
 * @param {(check: string) => void} onChoose
 */
function cell(check, standing, onChoose) {
  if (!standing) return element("td", { class: "standing", title: words.unasked }, "–");
  const kind = isNearlyFull(check, standing) ? "ok nearly-full" : standing.state;
  const made = element("td", { class: `standing ${kind}` }, textOf(check, standing));
  made.dataset.check = check.name;
  if (standing.problem) made.title = standing.problem;
  if (standing.recent) made.append(sparkLine(standing.recent));
  made.addEventListener("click", () => onChoose(check.name));
  return made;
}

/**
 * @param {Check} check
 * @param {Standing} standing
 */
function isNearlyFull({ unit }, { state, value }) {
  return state === "ok" && unit === "%" && (value ?? 0) >= NEARLY_FULL;
}

/**
 * What is not known is said in words: never a number.
 * @param {Check} check
 * @param {Standing} standing
 */
export function textOf(check, standing) {
  const { state, value, age_seconds: age } = standing;
  if (state === "ok" && value !== null) {
    const shown = amount(value, check.unit);
    return isNearlyFull(check, standing) ? words.nearlyFull(shown) : shown;
  }
  if (state === "stale") return words.stale(duration((age ?? 0) * 1e9));
  return state === "failed" ? words.failed : words.timeout;
}
