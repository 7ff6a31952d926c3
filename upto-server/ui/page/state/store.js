// The one place that holds the view. Every change goes through `change`; the address follows, and
// the browser's back button brings earlier views back.

import { formatView, parseView } from "./view.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {(view: View, before: View) => void} Listener */

/** Changes of one kind that follow each other faster than this are one step for the back button. */
const SAME_STEP_MS = 1000;
/** Browsers refuse a page that writes its address too often; a drag writes it once it pauses. */
const WRITE_DELAY_MS = 150;
/** What these kinds change is no step for the back button: where the keyboard is, what is marked. */
const NO_STEPS = new Set(["row", "mark"]);

export class ViewStore {
  /** @type {View} */
  #view;
  /** @type {Listener[]} */
  #listeners = [];
  #window;
  /** The kind and time of the last change that has been written. */
  #written = { kind: "", at: -Infinity };
  #kind = "";
  /** @type {number | undefined} */
  #timer;

  /** @param {Window} window */
  constructor(window) {
    this.#window = window;
    this.#view = parseView(window.location.hash);
    window.addEventListener("popstate", () => this.#read());
    window.addEventListener("pagehide", () => this.#write());
  }

  get view() {
    return this.#view;
  }

  /** @param {Listener} listener Called after each change. */
  subscribe(listener) {
    this.#listeners.push(listener);
  }

  /**
   * @param {string} kind What the person does; quick changes of one kind become one step back.
   * @param {Partial<View>} patch
   */
  change(kind, patch) {
    if (kind !== this.#kind) this.#write();
    this.#kind = kind;
    this.#become({ ...this.#view, ...patch });
    this.#timer ??= this.#window.setTimeout(() => this.#write(), WRITE_DELAY_MS);
  }

  /** @param {View} view */
  #become(view) {
    const before = this.#view;
    this.#view = view;
    for (const listener of this.#listeners) listener(view, before);
  }

  #write() {
    this.#window.clearTimeout(this.#timer);
    this.#timer = undefined;
    const fragment = formatView(this.#view);
    const { location, history, performance } = this.#window;
    if (fragment === location.hash.slice(1)) return;
    const now = performance.now();
    const isQuick = this.#kind === this.#written.kind && now - this.#written.at < SAME_STEP_MS;
    const continues = isQuick || NO_STEPS.has(this.#kind);
    const address = `${location.pathname}${location.search}${fragment && "#"}${fragment}`;
    if (continues) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    this.#written = { kind: this.#kind, at: now };
  }

  #read() {
    this.#window.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#written = { kind: "", at: -Infinity };
    this.#become(parseView(this.#window.location.hash));
  }
}
