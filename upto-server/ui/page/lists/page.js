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
 * @property {readonly string[]} [kinds] What is told there after which all is fetched anew; of contexts if left out.
 * @property {(source: EventSource) => void} [listen] Follows what is told there itself, instead of that.
 * @property {number} [every] In milliseconds: it changes without being told, and is fetched anew this often.
 * @property {() => void} [rest] Called when the page is no longer seen.
 */

/** What is told of contexts and timelines. */
const KINDS = ["context", "context-removed", "timeline", "timeline-removed"];

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
  /** @type {ReturnType<typeof setTimeout> | undefined} When it is fetched anew without being told. */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} When it is because something was told. */
  #changed;

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
    this.#clearTimers();
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#source?.close();
    this.#source = null;
    this.#list.rest?.();
  }

  #clearTimers() {
    clearTimeout(this.#timer);
    clearTimeout(this.#changed);
    this.#timer = this.#changed = undefined;
  }

  /** Fetches what is shown anew. */
  reload() {
    const { signal } = this.#abort;
    this.#clearTimers();
    this.#list.load(signal).then(
      (live) => signal.aborted || this.#onLoaded(live),
      (error) => isAbort(error) || signal.aborted || this.#onFailed(error),
    );
  }

  /** @param {string | null} live */
  #onLoaded(live) {
    this.#status.textContent = "";
    clearTimeout(this.#timer);
    if (this.#list.every) this.#timer = setTimeout(() => this.reload(), this.#list.every);
    if (live !== null && !this.#source) this.#follow(new EventSource(new URL(live, document.baseURI)));
  }

  /** @param {EventSource} source */
  #follow(source) {
    const changed = () => (this.#changed ??= setTimeout(() => this.reload(), LEAST_MS));
    if (this.#list.listen) this.#list.listen(source);
    else for (const kind of this.#list.kinds ?? KINDS) source.addEventListener(kind, changed);
    source.addEventListener("error", () => this.#onLost(source));
    source.addEventListener("open", () => (this.#status.textContent = ""));
    this.#source = source;
  }

  /**
   * A browser connects again by itself, except after an answer that is no stream.
   * @param {EventSource} source
   */
  #onLost(source) {
    this.#status.textContent = texts.connections.reconnecting;
    if (source.readyState !== EventSource.CLOSED || source !== this.#source) return;
    this.#source = null;
    this.#changed ??= setTimeout(() => this.reload(), RETRY_MS);
  }

  /** @param {unknown} error */
  #onFailed(error) {
    const { status } = /** @type {Partial<import("../api/hal.js").Problem>} */ (error ?? {});
    const login = status === 401 ? [" ", element("a", { href: "login" }, texts.notices.login)] : [];
    this.#status.replaceChildren(texts.failure(error), ...login);
    this.#timer = setTimeout(() => this.reload(), RETRY_MS);
  }
}
