// Whether the timeline took as long as it used to: one line in the header, which leads to the reasons.

import { element } from "../dom.js";
import { duration } from "../format.js";
import * as texts from "../texts.js";

/** @typedef {import("../answers/answers.js").Answers} Answers */
/** @typedef {import("../answers/types.js").History} History */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

const words = texts.verdict;

export class Verdict {
  #answers;
  #session;
  #store;
  element = element("button", { type: "button", class: "verdict-chip" });

  /**
   * @param {Answers} answers
   * @param {Session} session
   * @param {ViewStore} store
   */
  constructor(answers, session, store) {
    this.#answers = answers;
    this.#session = session;
    this.#store = store;
    this.element.addEventListener("click", () => this.#explain());
    answers.subscribe(() => this.#update());
    session.subscribe(() => this.#update());
    this.#update();
  }

  #update() {
    const { value } = this.#answers.history;
    const { timeline } = this.#session;
    const judged = value?.judged;
    const isAboutThis = judged && judged.timeline === timeline?.name && judged.median_seconds !== null;
    this.element.hidden = !isAboutThis || judged.verdict === "unknown";
    if (!isAboutThis || !timeline) return;
    this.element.className = `verdict-chip ${judged.verdict}`;
    this.element.title = judged.reason;
    const since = value && isBad(judged.verdict) ? value.changes.at(-1)?.timeline : undefined;
    this.element.textContent = words.chip(
      judged.verdict,
      duration((judged.median_seconds ?? 0) * 1e9),
      since,
    );
  }

  /** Leads to the causes: beside the last timeline before it changed, else beside the last good one. */
  #explain() {
    const { value } = this.#answers.history;
    this.#store.change("panel", { panel: "causes", compare: (value && timelineBefore(value)) ?? "" });
  }
}

/** @param {string} verdict */
function isBad(verdict) {
  return verdict === "regression" || verdict === "improvement";
}

/**
 * The last good timeline before the last change; null where there was no change.
 * @param {History} history
 */
export function timelineBefore({ runs, changes }) {
  const change = changes.at(-1);
  const at = change ? runs.findIndex(({ timeline }) => timeline === change.timeline) : -1;
  const before = runs.slice(0, Math.max(at, 0)).filter(({ state }) => state === "done");
  return before.at(-1)?.timeline ?? null;
}
