// What is known of the timeline as a whole: state, duration, counts, loss, clocks, and how fresh it is.

import { element, setText } from "../dom.js";
import { runningDuration, duration } from "../format.js";
import { Late } from "../late.js";
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
  #skew = element("span", { class: "skew", hidden: "" });
  /** Fetched for the first timeline of which something is doubtful. @type {Late<import("./doubts.js").Doubts>} */
  #doubts = new Late(
    async () => new (await import("./doubts.js")).Doubts(this.#loss, this.#skew, this.#store),
    (doubts) => doubts.update(this.#session.timeline),
  );
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
    this.#updateDoubts(timeline);
    setText(this.#loading, loaded === null ? "" : texts.header.loading(loaded));
    this.#updateDuration();
  }

  /** @param {import("../api/types.js").TimelineResource} timeline */
  #updateDoubts({ loss, skew }) {
    const isDoubtful = loss.packets > 0 || loss.dropped > 0 || loss.at_least || skew.applied > 0;
    if (isDoubtful || this.#doubts.value) this.#doubts.want()?.update(this.#session.timeline);
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
