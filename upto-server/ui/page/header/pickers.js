// The lists of contexts and timelines, as entries of a picker.

import { itemsOf, linkOf } from "../api/hal.js";
import { duration } from "../format.js";
import * as texts from "../texts.js";
import { Picker } from "./picker.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").ContextResource} ContextResource */
/** @typedef {import("../api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./picker.js").Entry} Entry */
/** @typedef {import("./picker.js").EntryPage} EntryPage */

const PAGE_SIZE = 100;
const dateFormat = new Intl.DateTimeFormat("en", {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** @param {TimelineResource} timeline */
function timelineDetails({ first, duration_seconds: seconds }) {
  const began = first === null ? "" : dateFormat.format(new Date(first));
  return [began, seconds === null ? "" : duration(seconds * 1e9)];
}

export class Pickers {
  #client;
  #session;
  #store;

  /**
   * @param {HalClient} client
   * @param {Session} session
   * @param {ViewStore} store
   */
  constructor(client, session, store) {
    this.#client = client;
    this.#session = session;
    this.#store = store;
    this.contexts = new Picker("pick-context", texts.header.context, (signal) => this.#contexts(signal));
    this.timelines = new Picker("pick-timeline", texts.header.timeline, (signal) => this.#timelines(signal));
    session.subscribe(() => this.#update());
    this.#update();
  }

  #update() {
    const { context, timeline } = this.#session;
    const { view } = this.#store;
    this.contexts.show(context?.name ?? view.context ?? texts.header.none);
    const name = timeline?.name ?? view.timeline ?? texts.header.none;
    this.timelines.show(name);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<EntryPage>}
   */
  async *#contexts(signal) {
    const root = await this.#client.root(signal);
    for await (const page of this.#client.pages(linkOf(root, "contexts") ?? "", PAGE_SIZE, signal)) {
      const entries = itemsOf(page).map((item) =>
        this.#contextEntry(/** @type {ContextResource} */ (item.resource)),
      );
      yield { entries, hasMore: linkOf(page, "next") !== null };
    }
  }

  /**
   * @param {ContextResource} context
   * @returns {Entry}
   */
  #contextEntry({ name, state, latest }) {
    return {
      title: name,
      details: [latest ?? ""],
      state: state ?? null,
      isCurrent: name === this.#session.context?.name,
      choose: () => this.#choose(name, null),
    };
  }

  /**
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<EntryPage>}
   */
  async *#timelines(signal) {
    const { context } = this.#session;
    const href = context && linkOf(context, "timelines");
    if (!context || !href) return;
    let begun = [this.#latestEntry(context.name)];
    for await (const page of this.#client.pages(href, PAGE_SIZE, signal)) {
      const entries = itemsOf(page).map((item) =>
        this.#timelineEntry(/** @type {TimelineResource} */ (item.resource)),
      );
      yield { entries: [...begun, ...entries], hasMore: linkOf(page, "next") !== null };
      begun = [];
    }
  }

  /**
   * @param {string} context
   * @returns {Entry}
   */
  #latestEntry(context) {
    return {
      title: texts.header.latest,
      details: [texts.header.latestDetail],
      state: null,
      isCurrent: this.#store.view.timeline === null,
      choose: () => this.#choose(context, null),
    };
  }

  /**
   * @param {TimelineResource} timeline
   * @returns {Entry}
   */
  #timelineEntry(timeline) {
    return {
      title: timeline.name,
      details: timelineDetails(timeline),
      state: timeline.state,
      isCurrent: this.#store.view.timeline === timeline.name,
      choose: () => this.#choose(timeline.context, timeline.name),
    };
  }

  /**
   * @param {string} context
   * @param {string | null} timeline
   */
  #choose(context, timeline) {
    const isSameContext = context === this.#session.context?.name;
    const folded = isSameContext ? this.#store.view.folded : new Set();
    const filter = isSameContext ? this.#store.view.filter : "";
    this.#store.change("choose", {
      context,
      timeline,
      from: null,
      to: null,
      folded: /** @type {Set<string>} */ (folded),
      filter,
    });
  }
}
