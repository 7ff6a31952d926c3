// Whether the timeline took as long as it used to: one line in the header, which leads to the reasons.

import { turnOf } from "../answers/turn.js";
import { duration } from "../format.js";
import * as texts from "../texts.js";

/** @typedef {import("../answers/answers.js").Answers} Answers */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

const words = texts.verdict;

export class Verdict {
  #answers;
  #session;
  #store;

  /**
   * @param {HTMLElement} button
   * @param {Answers} answers
   * @param {Session} session
   * @param {ViewStore} store
   */
  constructor(button, answers, session, store) {
    this.element = button;
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
    const since = value ? turnOf(value)?.timeline : undefined;
    this.element.textContent = words.chip(
      judged.verdict,
      duration((judged.median_seconds ?? 0) * 1e9),
      since,
    );
  }

  /** Leads to the causes: beside the last timeline before it changed, else beside the last good one. */
  #explain() {
    const { value } = this.#answers.history;
    this.#store.change("panel", { panel: "causes", compare: (value && turnOf(value)?.before) ?? "" });
  }
}
