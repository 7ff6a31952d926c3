// The lists of contexts and timelines, as entries of a picker.

import { itemsOf, linkOf } from "../api/hal.js";
import { duration } from "../format.js";
import * as texts from "../texts.js";
import { PickerList } from "./picker-list.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").ContextResource} ContextResource */
/** @typedef {import("../api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./picker.js").Picker} Picker */
/** @typedef {import("./picker-list.js").Entry} Entry */
/** @typedef {import("./picker-list.js").EntryPage} EntryPage */

/** @typedef {{client: HalClient, session: Session, store: ViewStore}} Parts */

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

/**
 * @param {Picker} picker
 * @param {Parts} parts
 */
export function contextList(picker, parts) {
  const choices = new Choices(parts);
  return new PickerList(picker, (signal) => choices.contexts(signal)).element;
}

/**
 * @param {Picker} picker
 * @param {Parts} parts
 */
export function timelineList(picker, parts) {
  const choices = new Choices(parts);
  return new PickerList(picker, (signal) => choices.timelines(signal)).element;
}

class Choices {
  #client;
  #session;
  #store;

  /** @param {Parts} parts */
  constructor({ client, session, store }) {
    this.#client = client;
    this.#session = session;
    this.#store = store;
  }

  /**
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<EntryPage>}
   */
  async *contexts(signal) {
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
  async *timelines(signal) {
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
      title: texts.picker.latest,
      details: [texts.picker.latestDetail],
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
