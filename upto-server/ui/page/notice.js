// What is shown in place of the picture while there is none. What is missing then, and what to do, is fetched when it has to
// be said.

import { addStyle, element, POPUPS } from "./dom.js";
import * as texts from "./texts.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./state/store.js").ViewStore} ViewStore */

const words = texts.waiting;

/**
 * What a notice says. Two with the same key are the same.
 * @typedef {{key: string, title: string, parts: (Node | string)[]}} Content
 */
/** @typedef {(session: Session, store: ViewStore) => Content} Missing */

export class Notice {
  #root;
  #session;
  #store;
  #key = "";
  #rows = 0;
  /** @type {Missing | null} */
  #missing = null;
  #isFetching = false;

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
    if (content === undefined) return;
    this.#root.hidden = content === null;
    const isSame = content?.key === this.#key;
    this.#key = content?.key ?? "";
    if (content && !isSame) this.#root.replaceChildren(element("h2", {}, content.title), ...content.parts);
  }

  /** @returns {Content | null | undefined} Nothing: what is said so far stays for the time being. */
  #content() {
    const { phase, model, loaded } = this.#session;
    if (phase === "finding") return { key: phase, title: words.finding, parts: [] };
    if (phase === "showing") {
      const isEmpty = model === null || model.tree.length === 0;
      if (model === null || (isEmpty && loaded !== null))
        return { key: "loading", title: words.loading, parts: [] };
      if (!isEmpty && (this.#rows > 0 || this.#store.view.filter === "")) return null;
    }
    if (this.#missing) return this.#missing(this.#session, this.#store);
    if (!this.#isFetching) this.#fetch();
    return undefined;
  }

  async #fetch() {
    this.#isFetching = true;
    try {
      const [{ missing }] = await Promise.all([import("./missing.js"), addStyle(POPUPS)]);
      this.#missing = missing;
    } catch (error) {
      this.#missing = () => ({ key: "failed", title: texts.misunderstood(error), parts: [] });
    }
    this.#update();
  }
}
