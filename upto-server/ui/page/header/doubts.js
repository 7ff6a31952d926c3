// What is doubtful of a timeline: what was lost on its way, and clocks that disagree.

import { element, setText } from "../dom.js";
import * as texts from "../texts.js";

/** @typedef {import("../api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Doubts {
  #loss;
  #skew;
  #store;
  #summary = element("summary", {});
  #list = element("ul", {});
  #note = element("details", {}, this.#summary, this.#list);
  #switch = element("button", { type: "button" });

  /**
   * @param {HTMLElement} loss Where it is told what was lost.
   * @param {HTMLElement} skew Where it is told of clocks.
   * @param {ViewStore} store
   */
  constructor(loss, skew, store) {
    this.#loss = loss;
    this.#skew = skew;
    this.#store = store;
    skew.append(this.#note, this.#switch);
    this.#switch.addEventListener("click", () => store.change("choose", { raw: !store.view.raw }));
  }

  /** @param {TimelineResource | null} timeline */
  update(timeline) {
    if (!timeline) return;
    const { loss, skew } = timeline;
    setText(this.#loss, texts.incomplete(loss));
    this.#skew.hidden = skew.applied === 0;
    this.#tellClocks(skew);
    setText(this.#switch, this.#store.view.raw ? texts.skew.correct : texts.skew.showRaw);
  }

  /** By how much, and how surely: of the first clock at once, of all where it is unfolded. @param {TimelineResource["skew"]} skew */
  #tellClocks(skew) {
    const clocks = texts.skew.details(skew);
    const words = texts.skew.summary(texts.skew.note(skew), clocks[0] ?? "", clocks.length - 1);
    if (this.#summary.textContent === words) return;
    setText(this.#summary, words);
    this.#list.replaceChildren(...clocks.map((clock) => element("li", {}, element("bdi", {}, clock))));
  }
}
