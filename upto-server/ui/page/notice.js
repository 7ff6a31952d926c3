// What is shown in place of the picture while there is none: what is missing, and what to do.

import { element } from "./dom.js";
import { exampleOf } from "./example.js";
import { clip } from "./model/names.js";
import * as texts from "./texts.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./state/store.js").ViewStore} ViewStore */

const words = texts.notices;
const NAME_LIMIT = 120;

/**
 * What a notice says. Two with the same key are the same.
 * @typedef {{key: string, title: string, parts: (Node | string)[]}} Content
 */

export class Notice {
  #root;
  #session;
  #store;
  #key = "";
  #rows = 0;

  /**
   * @param {HTMLElement} root
   * @param {Session} session
   * @param {ViewStore} store
   */
  constructor(root, session, store) {
    this.#root = root;
    this.#session = session;
    this.#store = store;
    session.subscribe(() => this.#update());
    store.subscribe(() => this.#update());
  }

  /** Told how many rows the picture has. @param {number} rows */
  setRows(rows) {
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#update();
  }

  #update() {
    const content = this.#content();
    this.#root.hidden = content === null;
    const isSame = content?.key === this.#key;
    this.#key = content?.key ?? "";
    if (content && !isSame) this.#root.replaceChildren(element("h2", {}, content.title), ...content.parts);
  }

  /** @returns {Content | null} */
  #content() {
    const { phase, error, context } = this.#session;
    const { view } = this.#store;
    const name = clip(context?.name ?? view.context ?? "", NAME_LIMIT);
    switch (phase) {
      case "finding":
        return { key: phase, title: words.finding, parts: [] };
      case "failed":
        return { key: `failed ${texts.failure(error)}`, title: words.failed, parts: this.#failure(error) };
      case "no-contexts":
        return { key: phase, title: words.noContexts, parts: this.#example(words.sendFirst, "demo") };
      case "no-context":
        return { key: `${phase} ${name}`, title: words.noContext(name), parts: this.#wayOut() };
      case "no-timelines":
        return {
          key: `${phase} ${name}`,
          title: words.noTimelines(name),
          parts: this.#exampleHere(words.sendFirst),
        };
      case "no-timeline":
        return this.#noTimeline(clip(view.timeline ?? "", NAME_LIMIT));
      case "showing":
        return this.#withoutRows(name);
    }
  }

  /**
   * @param {string} timeline
   * @returns {Content}
   */
  #noTimeline(timeline) {
    return { key: `no-timeline ${timeline}`, title: words.noTimeline(timeline), parts: this.#wayOut() };
  }

  /**
   * A timeline that is there, but has nothing to show.
   * @param {string} context
   * @returns {Content | null}
   */
  #withoutRows(context) {
    const { model, loaded } = this.#session;
    const isEmpty = model === null || model.tree.length === 0;
    if (model === null || (isEmpty && loaded !== null))
      return { key: "loading", title: words.loading, parts: [] };
    if (isEmpty)
      return { key: `empty ${context}`, title: words.noEvents, parts: this.#exampleHere(words.waiting) };
    const { filter } = this.#store.view;
    if (this.#rows > 0 || filter === "") return null;
    const clear = button(words.clearFilter, () => this.#store.change("filter", { filter: "" }));
    return { key: `filter ${filter}`, title: words.noMatch(clip(filter, NAME_LIMIT)), parts: [clear] };
  }

  /** @param {unknown} error */
  #failure(error) {
    const { status } = /** @type {Partial<import("./api/hal.js").Problem>} */ (error ?? {});
    const login = status === 401 ? [element("a", { href: "login", class: "button" }, words.login)] : [];
    return [
      element("p", {}, texts.failure(error)),
      ...login,
      button(words.retry, () => this.#session.open()),
    ];
  }

  #wayOut() {
    const everything = { context: null, timeline: null, from: null, to: null };
    return [button(words.showAll, () => this.#store.change("choose", everything))];
  }

  /** @param {string} text */
  #exampleHere(text) {
    return this.#example(text, this.#session.context?.name ?? "");
  }

  /**
   * @param {string} text
   * @param {string} context
   */
  #example(text, context) {
    return [element("p", {}, text), exampleOf(texts.firstEvent(location.origin, context))];
  }
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
function button(text, onClick) {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", onClick);
  return made;
}
