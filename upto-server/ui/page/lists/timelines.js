// The timelines of a context, the newest first: as a table with bars for how long they took.

import { itemsOf, linkOf } from "../api/hal.js";
import { send } from "../api/send.js";
import { expanded } from "../api/template.js";
import { element, setText } from "../dom.js";
import { exampleOf } from "../example.js";
import { count, duration, runningDuration } from "../format.js";
import { linked } from "../links.js";
import { clip } from "../model/names.js";
import { shareBar } from "../panel/parts.js";
import { EVERYTHING } from "../state/view.js";
import * as texts from "../texts.js";
import { askName, askRemoval } from "./dialogs.js";
import { actionMenu, headingsOf, nameLink, stateBadge } from "./parts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").ContextResource} ContextResource */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("../api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

const words = texts.timelines;
const PAGE_SIZE = 50;
const NAME_LIMIT = 200;
const METADATA_SHOWN = 3;
const TICK_MS = 1000;

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
  #empty = element("div", { class: "empty" });
  #failure = element("p", { role: "alert" });
  #more = element("button", { type: "button", hidden: "" }, texts.picker.more);
  /** How many pages are shown; a reload fetches as many. */
  #pages = 1;
  #shownKey = "";
  /** The newest timeline of the context. @type {string | null} */
  #latest = null;
  /** Whether one that is shown runs. */
  #ticking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
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
    const headings = headingsOf(words.headings, words.numbers);
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
    this.#latest = context?.resource.latest ?? null;
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
    const { context } = this.#store.view;
    const example = empty === words.none ? [exampleOf(texts.firstEvent(location.origin, context ?? ""))] : [];
    const instead = [element("p", {}, empty), ...example];
    this.#empty.replaceChildren(...(timelines.length > 0 ? [] : instead));
    this.#more.hidden = !hasMore;
    this.#ticking = timelines.some(({ state }) => state === "running");
    this.#tick();
    return null;
  }

  /**
   * @param {TimelineResource} timeline
   * @param {number} longest
   */
  #row(timeline, longest) {
    const { context, name, state, first, duration_seconds: seconds, events, pinned } = timeline;
    const time = element("span", {}, duration((seconds ?? 0) * 1e9));
    if (state === "running" && first !== null) time.dataset.since = first;
    const took =
      seconds === null ? "" : element("span", { class: "shared" }, bar(seconds, longest, state), time);
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

  /** Tells how long what runs has been running, each second while somebody looks. */
  #tick() {
    clearTimeout(this.#timer);
    if (!this.#ticking) return;
    const now = Date.now() + this.#client.clockOffset;
    for (const time of this.#rows.querySelectorAll("[data-since]"))
      if (time instanceof HTMLElement)
        setText(time, runningDuration((now - Date.parse(time.dataset.since ?? "")) * 1e6));
    this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Nobody looks any more. */
  rest() {
    clearTimeout(this.#timer);
  }

  /** @param {TimelineResource} timeline */
  #actions(timeline) {
    const self = linkOf(timeline, "self") ?? "";
    const pin = linkOf(timeline, "pinned") ?? "";
    const { context, name, pinned } = timeline;
    const newest = { ...EVERYTHING, context, timeline: this.#latest };
    const compare = () =>
      this.#store.change("choose", { ...newest, page: "timeline", panel: "causes", compare: name });
    return actionMenu(name, [
      [pinned ? texts.actions.unpin : texts.actions.pin, () => this.#pin(pin, !pinned)],
      [texts.actions.rename, () => askName(name, (to) => this.#send("PATCH", self, { name: to }))],
      [texts.actions.remove, () => askRemoval(name, words.removal, () => this.#send("DELETE", self))],
      // Last: whoever knows the others by their places finds them there.
      .../** @type {[string, () => void][]} */ (
        this.#latest === null || this.#latest === name ? [] : [[texts.actions.compare, compare]]
      ),
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
  const words = element("bdi", {});
  for (const [key, text] of entries.slice(0, METADATA_SHOWN))
    words.append(`${clip(key, 40)}=`, linked(text, clip(text, 60)), "  ");
  if (entries.length > METADATA_SHOWN) words.append("…");
  return words;
}
