// What the server says about the timeline that is shown: only what is looked at is asked for.

import { linkOf } from "../api/hal.js";
import { expanded } from "../api/template.js";
import { Slot } from "./slot.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./types.js").Blame} Blame */
/** @typedef {import("./types.js").Comparison} Comparison */
/** @typedef {import("./types.js").CriticalPath} CriticalPath */
/** @typedef {import("./types.js").Forecast} Forecast */
/** @typedef {import("./types.js").History} History */
/** @typedef {import("./types.js").Stuck} Stuck */
/** @template T @typedef {import("./slot.js").Question<T>} Question */

/** How many sections of the critical path are drawn at most. */
const SECTIONS = 10_000;
const ROWS = 1000;
const RUNS = 60;
/** Fewer runs than this tell nothing. */
export const LEAST_RUNS = 2;

export class Answers {
  #client;
  #session;
  #store;
  /** @type {(() => void)[]} */
  #listeners = [];
  #isUpdating = false;

  /**
   * @param {HalClient} client
   * @param {Session} session
   * @param {ViewStore} store
   */
  constructor(client, session, store) {
    this.#client = client;
    this.#session = session;
    this.#store = store;
    const tell = () => this.#tell();
    /** @type {Slot<History>} How long all of it took in earlier timelines. */
    this.history = new Slot(tell);
    /** @type {Slot<History>} The same of the row that was chosen. */
    this.rowHistory = new Slot(tell);
    /** @type {Slot<CriticalPath>} */
    this.path = new Slot(tell);
    /** @type {Slot<Comparison>} */
    this.comparison = new Slot(tell);
    /** @type {Slot<TimelineModel>} The timeline that it is compared with. */
    this.baseline = new Slot(tell);
    /** @type {Slot<Forecast>} */
    this.forecast = new Slot(tell);
    /** @type {Slot<Stuck>} */
    this.stuck = new Slot(tell);
    /** @type {Slot<Blame>} */
    this.blame = new Slot(tell);
    session.subscribe(() => this.#update());
    store.subscribe(() => this.#update());
  }

  /** @param {() => void} listener Told when an answer has come, or is no longer wanted. */
  subscribe(listener) {
    this.#listeners.push(listener);
  }

  #tell() {
    if (!this.#isUpdating) this.#update();
    for (const listener of this.#listeners) listener();
  }

  #update() {
    this.#isUpdating = true;
    const { view } = this.#store;
    const { timeline } = this.#session;
    const isRunning = timeline?.state === "running";
    const now = timeline
      ? `${timeline.state} ${timeline.events.total} ${timeline.events.open} ${timeline.last}`
      : "";
    const row = this.#rowName();
    const ended = timeline && `${timeline.state === "running"} ${timeline.pinned}`;
    this.history.want(this.#question("history", { limit: RUNS }), ended ?? "");
    const wantsRow = row !== null && (view.panel === "details" || view.panel === "history");
    this.rowHistory.want(
      wantsRow ? this.#question("history", { limit: RUNS, event: row }) : null,
      ended ?? "",
    );
    const wantsPath = view.path || view.panel === "path";
    this.path.want(wantsPath ? this.#question("critical-path", { limit: SECTIONS }) : null, now);
    const wantsForecast = isRunning || view.panel === "forecast";
    this.forecast.want(wantsForecast ? this.#question("forecast", {}) : null, now);
    this.stuck.want(isRunning || view.panel === "stuck" ? this.#question("stuck", {}) : null, now);
    this.blame.want(
      view.panel === "blame" ? this.#question("blame", { by: "self", limit: ROWS }) : null,
      now,
    );
    this.#updateComparison(now);
    this.#isUpdating = false;
  }

  /** @param {string} now */
  #updateComparison(now) {
    const { compare } = this.#store.view;
    // With itself there is nothing to compare: then with the last good one before it.
    const other = compare === this.#session.timeline?.name ? null : compare || null;
    const wanted = compare === null ? null : this.#question("compare", { with: other, limit: ROWS });
    this.comparison.want(wanted, now);
    const href = this.comparison.value && linkOf(this.comparison.value, "with");
    const { grouping } = this.#store.view;
    const ask = async (/** @type {AbortSignal} */ signal) =>
      (await import("./other.js")).modelOf(this.#client, href ?? "", grouping, signal);
    this.baseline.want(href ? { key: `${grouping} ${href}`, ask } : null, "");
  }

  /** The name that the chosen row stands for; null without one. */
  #rowName() {
    const { model } = this.#session;
    const { row } = this.#store.view;
    if (row === null || !model) return row;
    const node = model.tree.find(row);
    return node < 0 ? null : model.nameOf(node);
  }

  /**
   * @param {string} relation
   * @param {Record<string, string | number | null>} parameters
   * @returns {Question<any> | null}
   */
  #question(relation, parameters) {
    const { timeline } = this.#session;
    const template = timeline && linkOf(timeline, relation);
    if (!template) return null;
    const href = expanded(template, parameters);
    return { key: href, ask: (signal) => this.#client.get(href, signal) };
  }
}
