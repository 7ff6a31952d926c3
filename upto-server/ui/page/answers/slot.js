// The answer to one question: asked when it is wanted, asked again when the timeline has changed, at
// most every few seconds, and let go of when nobody wants it any more.

import { isAbort } from "../api/hal.js";

/** A timeline that grows is asked about at most this often. */
const LEAST_MS = 3000;

/**
 * What is asked. Two with the same key are the same question, about the same thing.
 * @template T
 * @typedef {{key: string, ask: (signal: AbortSignal) => Promise<T>}} Question
 */

/** @template T */
export class Slot {
  #onChange;
  #key = "";
  #fresh = "";
  #askedAt = -Infinity;
  #abort = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {T | null} */
  value = null;
  /** @type {unknown} */
  error = null;
  isLoading = false;
  /** Asks once more, where time alone may have changed the answer. @type {(() => void) | null} */
  again = null;

  /** @param {() => void} onChange Told after each change of what the fields say. */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * @param {Question<T> | null} question Null: nothing is wanted.
   * @param {string} fresh What the answer depends on beside the question; where it is another one, it is asked again.
   */
  want(question, fresh) {
    if (question === null) return this.#forget();
    const isSame = question.key === this.#key;
    if (isSame && fresh === this.#fresh) return;
    if (!isSame) this.#drop();
    this.#key = question.key;
    clearTimeout(this.#timer);
    const wait = isSame ? this.#askedAt + LEAST_MS - performance.now() : 0;
    if (wait > 0) this.#timer = setTimeout(() => this.#ask(question, fresh), wait);
    else this.#ask(question, fresh);
  }

  #forget() {
    if (this.#key === "") return;
    this.#drop();
    this.#onChange();
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#key = this.#fresh = "";
    this.value = this.error = this.again = null;
    this.isLoading = false;
  }

  /**
   * @param {Question<T>} question
   * @param {string} fresh
   */
  #ask(question, fresh) {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#fresh = fresh;
    this.again = () => this.#ask(question, fresh);
    this.#askedAt = performance.now();
    this.isLoading = true;
    const { signal } = this.#abort;
    question.ask(signal).then(
      (value) => signal.aborted || this.#settle(value, null),
      (error) => isAbort(error) || signal.aborted || this.#settle(null, error),
    );
  }

  /**
   * @param {T | null} value
   * @param {unknown} error
   */
  #settle(value, error) {
    this.isLoading = false;
    this.value = value;
    this.error = error;
    this.#onChange();
  }
}
