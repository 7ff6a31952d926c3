// All contexts: those in which something runs first, each with how its last timelines went.

import { itemsOf, linkOf } from "../api/hal.js";
import { send } from "../api/send.js";
import { expanded } from "../api/template.js";
import { element } from "../dom.js";
import { exampleOf } from "../example.js";
import { ago, count } from "../format.js";
import { clip } from "../model/names.js";
import { sparkBars } from "../panel/spark.js";
import { ELSEWHERE, EVERYTHING } from "../state/view.js";
import * as texts from "../texts.js";
import { askName, askRemoval } from "./dialogs.js";
import { actionMenu, headingsOf, isMatch, nameLink, stateBadge } from "./parts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").ContextResource} ContextResource */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

const words = texts.contexts;
const PAGE_SIZE = 1000;
/** So many contexts are asked how their last timelines went. */
const TRENDS = 40;
const TREND_RUNS = 20;
const NAME_LIMIT = 200;

export class ContextList {
  #client;
  #store;
  #reload;
  #filter = element("input", {
    type: "search",
    placeholder: words.filter,
    "aria-label": words.filter,
    class: "search",
  });
  #rows = element("tbody", {});
  #empty = element("div", { class: "empty" });
  /** @type {ContextResource[]} */
  #contexts = [];
  /** What is drawn: the search and how many contexts there are. */
  #drawn = "";
  /** @type {Map<string, HTMLElement>} By context. */
  #trends = new Map();
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
    const bar = element("div", { class: "bar" }, element("h2", {}, words.title), this.#filter);
    this.element = element(
      "div",
      { class: "contexts" },
      bar,
      element("div", { class: "scrolls" }, table),
      this.#empty,
    );
    this.#filter.addEventListener("input", () => store.change("search", { search: this.#filter.value }));
    store.subscribe(() => this.#draw());
  }

  key() {
    return "contexts";
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const root = await this.#client.root(signal);
    /** @type {ContextResource[]} */
    const contexts = [];
    for await (const page of this.#client.pages(linkOf(root, "contexts") ?? "", PAGE_SIZE, signal))
      contexts.push(...itemsOf(page).map(({ resource }) => /** @type {ContextResource} */ (resource)));
    contexts.sort(byUrgency);
    this.#contexts = contexts;
    this.#drawn = "";
    this.#draw();
    this.#loadTrends(signal);
    return linkOf(root, "live");
  }

  #draw() {
    const { page, search } = this.#store.view;
    if (page !== "contexts" || this.#drawn === `${search} ${this.#contexts.length}`) return;
    this.#drawn = `${search} ${this.#contexts.length}`;
    if (this.#filter.value !== search) this.#filter.value = search;
    const shown = this.#contexts.filter(({ name }) => isMatch(name, search));
    this.#rows.replaceChildren(...shown.map((context) => this.#row(context)));
    this.#empty.replaceChildren(...(shown.length > 0 ? [] : this.#instead(search)));
  }

  /** What is said, and can be typed, where there are none. @param {string} search */
  #instead(search) {
    const example = search === "" ? [exampleOf(texts.firstEvent(location.origin, "demo"))] : [];
    return [element("p", {}, words.empty(clip(search, NAME_LIMIT))), ...example];
  }

  /** @param {ContextResource} context */
  #row(context) {
    const { name, state, latest, last, timelines } = context;
    const row = element(
      "tr",
      {},
      element("td", {}, stateBadge(state ?? null)),
      element("th", { scope: "row" }, nameLink(name, { ...EVERYTHING, page: "timelines", context: name })),
      element("td", {}, latest ? nameLink(latest, { ...EVERYTHING, context: name }) : ""),
      element("td", { class: "number" }, timelines === undefined ? "" : count(timelines)),
      element("td", {}, last ? ago(Date.parse(last), Date.now()) : ""),
      element("td", { class: "trend" }, this.#trends.get(name) ?? ""),
      element("td", {}, this.#actions(context)),
    );
    row.dataset.name = name;
    return row;
  }

  /** @param {ContextResource} context */
  #actions(context) {
    const href = linkOf(context, "self") ?? "";
    const { name } = context;
    return actionMenu(name, [
      [texts.actions.rename, () => askName(name, (to) => this.#send("PATCH", href, { name: to }))],
      [texts.actions.remove, () => askRemoval(name, words.removal, () => this.#send("DELETE", href))],
    ]);
  }

  /**
   * @param {"PATCH" | "DELETE"} method
   * @param {string} href
   * @param {unknown} [body]
   */
  async #send(method, href, body) {
    await send(this.#client, method, href, body);
    this.#reload();
  }

  /**
   * Asks how the last timelines of the first contexts went, one after the other.
   * @param {AbortSignal} signal
   */
  async #loadTrends(signal) {
    for (const context of this.#contexts.slice(0, TRENDS)) {
      const template = linkOf(context, "history");
      if (!template || signal.aborted) continue;
      const href = expanded(template, { limit: TREND_RUNS });
      const history = await this.#client.get(href, signal).catch(() => null);
      // One that is damaged says nothing of the others.
      if (history === null) continue;
      const trend = sparkBars(/** @type {any} */ (history), context.latest ?? null, (timeline) => {
        this.#store.change("choose", { ...ELSEWHERE, page: "timeline", context: context.name, timeline });
      });
      this.#trends.set(context.name, trend);
      const row = [...this.#rows.children].find(
        (each) => each instanceof HTMLElement && each.dataset.name === context.name,
      );
      row?.querySelector(".trend")?.replaceChildren(trend);
    }
  }
}

/**
 * What runs first, then what failed, then by when something last happened.
 * @param {ContextResource} left
 * @param {ContextResource} right
 */
function byUrgency(left, right) {
  const rank = (/** @type {ContextResource} */ { state }) => (state === "running" ? 0 : 1);
  return rank(left) - rank(right) || ((left.last ?? "") < (right.last ?? "") ? 1 : -1);
}
