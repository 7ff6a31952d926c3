// A page with a list: it fetches while it is seen, follows what changes, and lets go when another page is looked at.

import { isAbort } from "../api/hal.js";
import { element } from "../dom.js";
import * as texts from "../texts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("../state/view.js").PageName} PageName */

/** What changes is fetched anew at most this often. */
const LEAST_MS = 2000;
const RETRY_MS = 5000;

/**
 * What a kind of list does.
 * @typedef {object} List
 * @property {HTMLElement} element
 * @property {(signal: AbortSignal) => Promise<string | null>} load Fetches and shows; answers where its changes are told.
 * @property {() => string} key What decides about what is fetched: where it is another one, it is fetched anew.
 */

export class ListPage {
  #root;
  #store;
  #name;
  #list;
  #status = element("p", { role: "status", class: "status-line" });
  #abort = new AbortController();
  #key = "";
  /** @type {EventSource | null} */
  #source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} root
   * @param {ViewStore} store
   * @param {PageName} name
   * @param {List} list
   */
  constructor(root, store, name, list) {
    this.#root = root;
    this.#store = store;
    this.#name = name;
    this.#list = list;
    root.append(list.element, this.#status);
    store.subscribe(() => this.#update());
    document.addEventListener("visibilitychange", () => this.#update());
    this.#update();
  }

  get #isWanted() {
    return this.#store.view.page === this.#name && !document.hidden;
  }

  #update() {
    this.#root.hidden = this.#store.view.page !== this.#name;
    const key = this.#isWanted ? this.#list.key() : "";
    if (key === this.#key) return;
    this.#key = key;
    this.#stop();
    if (this.#isWanted) this.reload();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#source?.close();
    this.#source = null;
  }

  /** Fetches what is shown anew. */
  reload() {
    const { signal } = this.#abort;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#list.load(signal).then(
      (live) => signal.aborted || this.#onLoaded(live),
      (error) => isAbort(error) || signal.aborted || this.#onFailed(error),
    );
  }

  /** @param {string | null} live */
  #onLoaded(live) {
    this.#status.textContent = "";
    if (live === null || this.#source) return;
    const source = new EventSource(new URL(live, document.baseURI));
    const changed = () => (this.#timer ??= setTimeout(() => this.reload(), LEAST_MS));
    for (const kind of ["context", "context-removed", "timeline", "timeline-removed", "cluster"])
      source.addEventListener(kind, changed);
    source.addEventListener("error", () => (this.#status.textContent = texts.connections.reconnecting));
    source.addEventListener("open", () => (this.#status.textContent = ""));
    this.#source = source;
  }

  /** @param {unknown} error */
  #onFailed(error) {
    this.#status.textContent = texts.failure(error);
    this.#timer = setTimeout(() => this.reload(), RETRY_MS);
  }
}
