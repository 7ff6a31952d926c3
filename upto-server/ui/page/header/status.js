// What is known of the timeline as a whole: state, duration, counts, loss, clocks, and how fresh it is.

import { element, setText } from "../dom.js";
import { runningDuration, duration } from "../format.js";
import * as texts from "../texts.js";

/** @typedef {import("../clock.js").Clock} Clock */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Status {
  #session;
  #clock;
  #store;
  #badge = element("span", { class: "badge" });
  #duration = element("span", { class: "total" });
  #counts = element("span", { class: "counts" });
  #loss = element("span", { class: "loss" });
  /** Filled where agents are behind. */
  behind = element("span", { class: "behind" });
  #skewNote = element("span", {});
  #skewSwitch = element("button", { type: "button" });
  #skew = element("span", { class: "skew" }, this.#skewNote, this.#skewSwitch);
  #loading = element("span", { class: "loading", role: "status" });
  #connection = element("span", { class: "connection", role: "status" });

  /**
   * @param {Session} session
   * @param {Clock} clock
   * @param {ViewStore} store
   */
  constructor(session, clock, store) {
    this.#session = session;
    this.#clock = clock;
    this.#store = store;
    this.element = element(
      "div",
      { class: "status" },
      this.#badge,
      this.#duration,
      this.#counts,
      this.#loading,
      this.#loss,
      this.behind,
      this.#skew,
    );
    this.connection = this.#connection;
    this.#skewSwitch.addEventListener("click", () => store.change("choose", { raw: !store.view.raw }));
    session.subscribe(() => this.#update());
    clock.subscribe(() => this.#updateDuration());
    this.#update();
  }

  #update() {
    const { timeline, loaded, connection } = this.#session;
    this.element.hidden = timeline === null;
    this.#connection.hidden = timeline === null;
    this.#connection.className = `connection ${connection}`;
    setText(this.#connection, texts.connections[connection]);
    if (!timeline) return;
    const { symbol, word } = texts.states[timeline.state] ?? texts.states.done;
    this.#badge.className = `badge ${timeline.state}`;
    setText(this.#badge, `${symbol} ${word}`);
    setText(this.#counts, countWords(timeline.events, unknownStarts(this.#session.model)));
    setText(this.#loss, texts.incomplete(timeline.loss));
    this.#updateSkew(timeline.skew);
    setText(this.#loading, loaded === null ? "" : texts.header.loading(loaded));
    this.#updateDuration();
  }

  /** @param {import("../api/types.js").Skew} skew */
  #updateSkew(skew) {
    this.#skew.hidden = skew.applied === 0;
    this.#skew.title = texts.skew.detail(skew);
    setText(this.#skewNote, texts.skew.note(skew));
    setText(this.#skewSwitch, this.#store.view.raw ? texts.skew.correct : texts.skew.showRaw);
  }

  #updateDuration() {
    const { timeline, model } = this.#session;
    setText(this.#duration, timeline ? this.#durationWords(timeline.duration_seconds, model) : "");
  }

  /**
   * While something is open the duration is reckoned here; else it is what the server says.
   * @param {number | null} seconds
   * @param {Session["model"]} model
   */
  #durationWords(seconds, model) {
    if (model && model.open > 0) return runningDuration(this.#clock.now() - model.first);
    return seconds === null ? "" : duration(seconds * 1e9);
  }
}

/**
 * How many events have no start: it was lost, or it is still to come.
 * @param {Session["model"]} model
 */
function unknownStarts(model) {
  return model ? model.tree.roots.reduce((sum, root) => sum + model.tree.unknown[root], 0) : 0;
}

/**
 * @param {{total: number, open: number, failed: number}} events
 * @param {number} unknown
 */
function countWords({ total, open, failed }, unknown) {
  const parts = [texts.header.events(total)];
  if (open > 0) parts.push(texts.header.open(open));
  if (failed > 0) parts.push(texts.header.failed(failed));
  if (unknown > 0) parts.push(texts.header.unknownStarts(unknown));
  return parts.join(" · ");
}
