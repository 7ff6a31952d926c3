// What is fetched when it is first needed. Where that fails, it is tried again when it is needed again.

/** @template T */
export class Late {
  #fetch;
  #onFetched;
  #onFailed;
  /** @type {Promise<void> | null} */
  #fetched = null;
  /** @type {T | null} Null until it is there. */
  value = null;

  /**
   * @param {() => Promise<T>} fetch
   * @param {(value: T) => void} onFetched Told when it is there.
   * @param {(error: unknown) => void} onFailed
   */
  constructor(fetch, onFetched = () => {}, onFailed = () => {}) {
    this.#fetch = fetch;
    this.#onFetched = onFetched;
    this.#onFailed = onFailed;
  }

  /** It is needed: null until it is there. */
  want() {
    this.#fetched ??= this.#fetch().then(
      (value) => this.#onFetched((this.value = value)),
      (error) => {
        this.#fetched = null;
        this.#onFailed(error);
      },
    );
    return this.value;
  }
}
