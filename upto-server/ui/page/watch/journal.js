// What services have to say: lines, the newest first, as they come.

import { embeddedIn, linkOf } from "../api/hal.js";
import { expanded } from "../api/template.js";
import { element } from "../dom.js";
import { exampleOf } from "../example.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { Filters } from "./filters.js";
import { Lines } from "./lines.js";
import { nameText, tableOf } from "./parts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./types.js").Line} Line */

const words = texts.journal;
const PAGE_SIZE = 200;
/** More lines than these are not kept on the page: the filters find them. */
const MOST = 2000;
const MESSAGE_LIMIT = 4000;

export class JournalList {
  #client;
  #store;
  #filters;
  #lines = new Lines(MOST);
  #body;
  #empty = element("div", { class: "empty" });
  #more = element("button", { type: "button", hidden: "" }, texts.picker.more);
  #follow = element("input", { type: "checkbox" });
  /** @type {string | null} Where the lines before those that are shown are. */
  #next = null;
  /** @type {string} Where the newest lines are. */
  #newest = "";
  #signal = new AbortController().signal;
  element;

  /**
   * @param {HalClient} client
   * @param {ViewStore} store
   */
  constructor(client, store) {
    this.#client = client;
    this.#store = store;
    this.#filters = new Filters(store);
    this.#follow.checked = true;
    const { table, body } = tableOf(words.title, words.headings);
    this.#body = body;
    const follow = element("label", { class: "captioned" }, this.#follow, words.follow);
    this.element = element(
      "div",
      { class: "journal" },
      element("div", { class: "bar" }, element("h2", {}, words.title), follow),
      element("div", { class: "bar" }, ...this.#filters.elements),
      table,
      this.#empty,
      this.#more,
    );
    this.#follow.addEventListener("change", () => store.change("follow", {}));
    this.#more.addEventListener("click", () => this.#showMore());
    store.subscribe((view) => view.page === "journal" && this.#filters.show());
    this.#filters.show();
  }

  key() {
    const { service, message, grave, since, until } = this.#store.view;
    return JSON.stringify([service, message, grave, since, until, this.#follow.checked]);
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    this.#signal = signal;
    const { service, message, grave, since, until } = this.#store.view;
    const root = await this.#client.root(signal);
    this.#newest = expanded(linkOf(root, "journal") ?? "", {
      service: service || null,
      message: message || null,
      level: grave,
      from: since,
      to: until,
      limit: PAGE_SIZE,
    });
    const page = await this.#client.get(this.#newest, signal);
    this.#show(page);
    return this.#follow.checked && until === null ? linkOf(page, "live") : null;
  }

  /** @param {Resource} page The newest lines. */
  #show(page) {
    this.#filters.offer(/** @type {{presets?: unknown}} */ (page).presets);
    this.#lines.clear();
    this.#body.replaceChildren();
    this.#append(page);
    this.#showEmpty();
  }

  /** @param {Resource} page Lines before those that are shown. */
  #append(page) {
    /** @type {Line[]} */
    const lines = embeddedIn(page);
    this.#body.append(...lines.filter((line) => this.#lines.addOldest(line)).map(lineRow));
    this.#next = this.#lines.all.length < MOST ? linkOf(page, "next") : null;
    this.#more.hidden = this.#next === null;
  }

  #showEmpty() {
    const isEmpty = this.#lines.all.length === 0;
    const { service, message, grave, since, until } = this.#store.view;
    const isNarrowed = service !== "" || message !== "" || grave !== null || since !== null || until !== null;
    const example = texts.posting(`${location.origin}/api/journal`, { service: "backup", message: "begins" });
    const content = isNarrowed
      ? [element("p", {}, words.noMatch)]
      : [element("p", {}, words.none), exampleOf(example)];
    this.#empty.replaceChildren(...(isEmpty ? content : []));
  }

  async #showMore() {
    const next = this.#next;
    if (next === null) return;
    this.#more.hidden = true;
    try {
      this.#append(await this.#client.get(next, this.#signal));
    } catch {
      this.#more.hidden = false;
    }
  }

  /**
   * Shows lines as they are told. What came before the stream did, at first or again, is fetched.
   * @param {EventSource} source
   */
  listen(source) {
    source.addEventListener("entry", (message) => this.#add(JSON.parse(message.data)));
    source.addEventListener("open", () => this.#catchUp(this.#newest));
  }

  /** @param {string} newest */
  async #catchUp(newest) {
    // Where that fails, the stream fails too, and is opened again.
    const page = await this.#client.get(newest, this.#signal).catch(() => null);
    if (page === null || newest !== this.#newest) return;
    for (const line of embeddedIn(page).reverse()) this.#add(line);
  }

  /** @param {Line} line */
  #add(line) {
    const place = this.#lines.add(line);
    if (place < 0) return;
    this.#body.insertBefore(lineRow(line), this.#body.children[place] ?? null);
    for (let dropped = this.#lines.drop(); dropped > 0; dropped--) this.#body.lastElementChild?.remove();
    this.#empty.replaceChildren();
  }
}

/** @param {Line} line */
function lineRow({ time, service, level, message, alert }) {
  const at = new Date(time);
  const mark = alert ? [" ", element("span", { class: "badge late", title: words.alertDetail }, words.alert)] : [];
  return element(
    "tr",
    {},
    element("td", {}, element("time", { datetime: time, title: time }, at.toLocaleString())),
    element("td", {}, String(level), ...mark),
    element("th", { scope: "row" }, nameText(service)),
    element("td", { class: "message" }, element("bdi", {}, clip(message, MESSAGE_LIMIT))),
  );
}
