// The timelines of a context, the newest first: as a table with bars for how long they took.

import { itemsOf, linkOf } from "../api/hal.js";
import { send } from "../api/send.js";
import { expanded } from "../api/template.js";
import { element } from "../dom.js";
import { count, duration } from "../format.js";
import { clip } from "../model/names.js";
import { shareBar } from "../panel/parts.js";
import { EVERYTHING } from "../state/view.js";
import * as texts from "../texts.js";
import { askName, askRemoval } from "./dialogs.js";
import { actionMenu, nameLink, stateBadge } from "./parts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").ContextResource} ContextResource */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("../api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

const words = texts.timelines;
const PAGE_SIZE = 50;
const NAME_LIMIT = 200;
const METADATA_SHOWN = 3;

export class TimelineList {
  #client;
  #store;
  #reload;
  #title = element("h2", {});
  #search = element("input", {
    type: "search",
    placeholder: words.search,
    "aria-label": words.search,
    class: "search",
  });
  #states = element("select", { "aria-label": words.states });
  #rows = element("tbody", {});
  #empty = element("p", { class: "empty" });
  #failure = element("p", { role: "alert" });
  #more = element("button", { type: "button", hidden: "" }, texts.picker.more);
  /** How many pages are shown; a reload fetches as many. */
  #pages = 1;
  #shownKey = "";
  element;

  /**
   * @param {HalClient} client
   * @param {ViewStore} store
   * @param {() => void} reload
   */
  constructor(client, store, reload) {
    this.#client = client;
    this.#store = store;
    this.#reload = reload;
    const headings = words.headings.map((label) => element("th", { scope: "col" }, label));
    const table = element(
      "table",
      { class: "list" },
      element("thead", {}, element("tr", {}, ...headings)),
      this.#rows,
    );
    for (const [value, text] of words.stateOptions) this.#states.append(element("option", { value }, text));
    const bar = element("div", { class: "bar" }, this.#title, this.#search, this.#states);
    this.element = element(
      "div",
      {},
      bar,
      this.#failure,
      element("div", { class: "scrolls" }, table),
      this.#empty,
      this.#more,
    );
    this.#listen();
  }

  #listen() {
    this.#search.addEventListener("input", () =>
      this.#store.change("search", { search: this.#search.value }),
    );
    this.#states.addEventListener("change", () =>
      this.#store.change("states", { states: this.#states.value }),
    );
    this.#more.addEventListener("click", () => {
      this.#pages++;
      this.#reload();
    });
  }

  key() {
    const { context, search, states } = this.#store.view;
    return JSON.stringify([context, search, states]);
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    if (this.key() !== this.#shownKey) this.#pages = 1;
    this.#shownKey = this.key();
    const { context: name, search, states } = this.#store.view;
    this.#search.value = search;
    this.#states.value = states;
    this.#title.textContent = words.title(clip(name ?? "", NAME_LIMIT));
    const root = await this.#client.root(signal);
    const context = await this.#client.find(
      linkOf(root, "contexts") ?? "",
      (/** @type {ContextResource} */ each) => each.name === name,
      signal,
    );
    if (!context) return this.#show([], false, words.noContext);
    await this.#loadTimelines(root, context.resource, signal);
    return linkOf(context.resource, "live");
  }

  /**
   * @param {Resource} root
   * @param {ContextResource} context
   * @param {AbortSignal} signal
   */
  async #loadTimelines(root, context, signal) {
    const { search, states } = this.#store.view;
    const isAll = search === "" && states === "";
    const found = { context: context.name, ...criteriaIn(search), state: states || null };
    const href = isAll ? linkOf(context, "timelines") : expanded(linkOf(root, "search") ?? "", found);
    /** @type {TimelineResource[]} */
    const timelines = [];
    let pages = 0;
    let hasMore = false;
    for await (const page of this.#client.pages(href ?? "", PAGE_SIZE, signal)) {
      timelines.push(...itemsOf(page).map(({ resource }) => /** @type {TimelineResource} */ (resource)));
      hasMore = linkOf(page, "next") !== null;
      // A page of a search may have none and still a next one.
      if (timelines.length > 0 && ++pages >= this.#pages) break;
    }
    this.#show(timelines, hasMore, isAll ? words.none : words.noMatch);
  }

  /**
   * @param {TimelineResource[]} timelines
   * @param {boolean} hasMore
   * @param {string} empty
   */
  #show(timelines, hasMore, empty) {
    const longest = timelines.reduce(
      (most, { duration_seconds: seconds }) => Math.max(most, seconds ?? 0),
      0,
    );
    this.#rows.replaceChildren(...timelines.map((timeline) => this.#row(timeline, longest)));
    this.#empty.textContent = timelines.length > 0 ? "" : empty;
    this.#more.hidden = !hasMore;
    return null;
  }

  /**
   * @param {TimelineResource} timeline
   * @param {number} longest
   */
  #row(timeline, longest) {
    const { context, name, state, first, duration_seconds: seconds, events, pinned } = timeline;
    const took =
      seconds === null
        ? ""
        : element("span", { class: "shared" }, bar(seconds, longest, state), duration(seconds * 1e9));
    const mark = pinned ? [element("span", { class: "pin", title: words.pinned }, ` ${words.pinMark}`)] : [];
    return element(
      "tr",
      {},
      element("td", {}, stateBadge(state)),
      element("th", { scope: "row" }, nameLink(name, { ...EVERYTHING, context, timeline: name }), ...mark),
      element("td", {}, first === null ? "" : new Date(first).toLocaleString()),
      element("td", { class: "took" }, took),
      element("td", { class: "number" }, events ? count(events.total) : ""),
      element("td", { class: "number" }, events && events.failed > 0 ? count(events.failed) : ""),
      element("td", { class: "metadata" }, metadataWords(timeline)),
      element("td", {}, this.#actions(timeline)),
    );
  }

  /** @param {TimelineResource} timeline */
  #actions(timeline) {
    const self = linkOf(timeline, "self") ?? "";
    const pin = linkOf(timeline, "pinned") ?? "";
    const { name, pinned } = timeline;
    return actionMenu(name, [
      [pinned ? texts.actions.unpin : texts.actions.pin, () => this.#pin(pin, !pinned)],
      [texts.actions.rename, () => askName(name, (to) => this.#send("PATCH", self, { name: to }))],
      [texts.actions.remove, () => askRemoval(name, words.removal, () => this.#send("DELETE", self))],
    ]);
  }

  /**
   * @param {string} href
   * @param {boolean} isPinned
   */
  async #pin(href, isPinned) {
    try {
      await this.#send(isPinned ? "PUT" : "DELETE", href);
      this.#failure.textContent = "";
    } catch (error) {
      this.#failure.textContent = texts.failure(error);
    }
  }

  /**
   * @param {"PATCH" | "DELETE" | "PUT"} method
   * @param {string} href
   * @param {unknown} [body]
   */
  async #send(method, href, body) {
    await send(this.#client, method, href, body);
    this.#reload();
  }
}

/**
 * What a text asks for: `key=text` is about metadata, anything else about names.
 * @param {string} search
 */
export function criteriaIn(search) {
  const text = search.trim();
  return text.includes("=") ? { metadata: text } : { name: text || null };
}

/**
 * @param {number} seconds
 * @param {number} longest
 * @param {string} state
 */
function bar(seconds, longest, state) {
  return shareBar(longest > 0 ? seconds / longest : 0, state);
}

/** @param {TimelineResource} timeline */
function metadataWords({ metadata }) {
  const entries = Object.entries(metadata ?? {});
  const shown = entries.slice(0, METADATA_SHOWN).map(([key, text]) => `${clip(key, 40)}=${clip(text, 60)}`);
  return element("bdi", {}, [...shown, ...(entries.length > METADATA_SHOWN ? ["…"] : [])].join("  "));
}
