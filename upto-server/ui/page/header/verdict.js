// Whether the timeline took as long as it used to: one line in the header, which leads to the reasons.

import { turnOf } from "../answers/turn.js";
import { duration } from "../format.js";
import { ELSEWHERE } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../answers/answers.js").Answers} Answers */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

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
    const isAboutThis = judged?.timeline === timeline?.name;
    // Of one that runs nobody knows yet: then it is about the last one that ended.
    const isTold = isAboutThis || timeline?.state === "running";
    const turn = value && turnOf(value);
    const verdict = judged?.verdict ?? "unknown";
    this.element.hidden = !isTold || judged?.median_seconds == null || (verdict === "unknown" && !turn);
    if (this.element.hidden || !judged) return;
    this.element.className = `verdict-chip ${turn ? (turn.is > turn.was ? "regression" : "improvement") : verdict}`;
    this.element.title = judged.reason;
    const words = texts.verdict.chip(verdict, duration((judged.median_seconds ?? 0) * 1e9), turn);
    this.element.textContent = isAboutThis ? words : texts.verdict.of(judged.timeline, words);
  }

  /**
   * Leads to the causes: beside the last timeline before it changed, else beside the last good one. While one runs, to those
   * of the last one that ended.
   */
  #explain() {
    const { value } = this.#answers.history;
    const { timeline, context } = this.#session;
    const view = { panel: /** @type {const} */ ("causes"), compare: (value && turnOf(value)?.before) ?? "" };
    const other = value?.judged?.timeline ?? timeline?.name;
    if (!context || other === timeline?.name) this.#store.change("panel", view);
    else this.#store.change("choose", { ...ELSEWHERE, ...view, context: context.name, timeline: other });
  }
}
