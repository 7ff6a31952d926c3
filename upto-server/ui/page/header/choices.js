// The lists of contexts and timelines, as entries of a picker.

import { itemsOf, linkOf } from "../api/hal.js";
import { expanded } from "../api/template.js";
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
/** Contexts can't be searched by the server: larger pages are looked through. */
const SEARCH_SIZE = 1000;
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
  return new PickerList(picker, (signal, wanted) => choices.contexts(signal, wanted)).element;
}

/**
 * @param {Picker} picker
 * @param {Parts} parts
 */
export function timelineList(picker, parts) {
  const choices = new Choices(parts);
  return new PickerList(picker, (signal, wanted) => choices.timelines(signal, wanted)).element;
}

/**
 * Those that the timeline which is shown can be compared with.
 * @param {Picker} picker
 * @param {Parts} parts
 */
export function otherList(picker, parts) {
  const choices = new Choices(parts);
  return new PickerList(picker, (signal, wanted) => choices.others(signal, wanted)).element;
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
   * @param {string} wanted
   * @returns {AsyncGenerator<EntryPage>}
   */
  async *contexts(signal, wanted) {
    const root = await this.#client.root(signal);
    const size = wanted === "" ? PAGE_SIZE : SEARCH_SIZE;
    for await (const page of this.#client.pages(linkOf(root, "contexts") ?? "", size, signal)) {
      const all = itemsOf(page).map((item) =>
        this.#contextEntry(/** @type {ContextResource} */ (item.resource)),
      );
      const entries = all.filter(({ title }) => title.toLowerCase().includes(wanted.toLowerCase()));
      const hasMore = linkOf(page, "next") !== null;
      if (entries.length > 0 || !hasMore) yield { entries, hasMore };
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
   * @param {string} wanted
   * @returns {AsyncGenerator<EntryPage>}
   */
  async *timelines(signal, wanted) {
    const { context } = this.#session;
    if (!context) return;
    const first = wanted === "" ? [this.#latestEntry(context.name)] : [];
    yield* this.#pagesOf(context, wanted, signal, first, (timeline) => this.#timelineEntry(timeline));
  }

  /**
   * @param {AbortSignal} signal
   * @param {string} wanted
   * @returns {AsyncGenerator<EntryPage>}
   */
  async *others(signal, wanted) {
    const { context, timeline: shown } = this.#session;
    if (!context) return;
    const first = wanted === "" ? [this.#lastGoodEntry()] : [];
    yield* this.#pagesOf(context, wanted, signal, first, (timeline) =>
      timeline.name === shown?.name ? null : this.#otherEntry(timeline),
    );
  }

  /**
   * The timelines of a context, or those whose names contain what is wanted.
   * @param {ContextResource} context
   * @param {string} wanted
   * @param {AbortSignal} signal
   * @param {Entry[]} first What stands above them.
   * @param {(timeline: TimelineResource) => Entry | null} entryOf
   * @returns {AsyncGenerator<EntryPage>}
   */
  async *#pagesOf(context, wanted, signal, first, entryOf) {
    const root = await this.#client.root(signal);
    const found = expanded(linkOf(root, "search") ?? "", { context: context.name, name: wanted });
    const href = wanted === "" ? linkOf(context, "timelines") : found;
    let begun = first;
    for await (const page of this.#client.pages(href ?? "", PAGE_SIZE, signal)) {
      const entries = itemsOf(page).map((item) => entryOf(/** @type {TimelineResource} */ (item.resource)));
      begun.push(...entries.filter((entry) => entry !== null));
      const hasMore = linkOf(page, "next") !== null;
      // A page of a search may have none and still a next one.
      if (begun.length === 0 && hasMore) continue;
      yield { entries: begun, hasMore };
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

  /** @returns {Entry} */
  #lastGoodEntry() {
    return {
      title: texts.picker.lastGood,
      details: [texts.picker.lastGoodDetail],
      state: null,
      isCurrent: this.#store.view.compare === "",
      choose: () => this.#store.change("compare", { compare: "" }),
    };
  }

  /**
   * @param {TimelineResource} timeline
   * @returns {Entry}
   */
  #otherEntry(timeline) {
    const { name, state } = timeline;
    return {
      title: name,
      details: timelineDetails(timeline),
      state,
      isCurrent: this.#store.view.compare === name,
      choose: () => this.#store.change("compare", { compare: name }),
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
