// The timelines before this one as bars, above the picture: how long each took, which is shown, since when it is otherwise.

import { LEAST_RUNS } from "../answers/answers.js";
import { element } from "../dom.js";
import { sparkBars } from "../panel/spark.js";
import { ELSEWHERE } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../answers/answers.js").Answers} Answers */
/** @typedef {import("../answers/types.js").History} History */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Strip {
  #root;
  #answers;
  #session;
  #store;
  /** @type {History | null} */
  #shown = null;
  /** @type {string | null} */
  #current = null;

  /**
   * @param {HTMLElement} root
   * @param {{answers: Answers, session: Session, store: ViewStore}} parts
   */
  constructor(root, { answers, session, store }) {
    this.#root = root;
    this.#answers = answers;
    this.#session = session;
    this.#store = store;
    root.setAttribute("aria-label", texts.earlier.title);
    answers.subscribe(() => this.#update());
    session.subscribe(() => this.#update());
    this.#update();
  }

  #update() {
    const { value } = this.#answers.history;
    // While another timeline's history is asked for, the last one stays: it is nearly the same.
    const shown = value ?? this.#shown;
    const { timeline } = this.#session;
    this.#root.hidden = timeline === null || shown === null || shown.runs.length < LEAST_RUNS;
    const current = timeline?.name ?? null;
    if (shown === null || (shown === this.#shown && current === this.#current)) return;
    this.#shown = shown;
    this.#current = current;
    const bars = sparkBars(
      shown,
      current,
      (timeline) => this.#choose(timeline),
      (compare) => this.#store.change("panel", { panel: "causes", compare }),
    );
    this.#root.replaceChildren(
      element("span", { class: "caption" }, texts.earlier.strip(shown.runs.length)),
      bars,
    );
  }

  /** @param {string} timeline */
  #choose(timeline) {
    const context = this.#session.context?.name ?? null;
    this.#store.change("choose", { ...ELSEWHERE, context, timeline });
  }
}
