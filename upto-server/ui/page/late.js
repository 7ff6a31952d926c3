// What is fetched when it is first needed. Where that fails, it is tried again when it is needed again.

/** @template T */
export class Late {
  #fetch;
  #onFetched;
  /** @type {Promise<void> | null} */
  #fetched = null;
  /** @type {T | null} Null until it is there. */
  value = null;

  /**
   * @param {() => Promise<T>} fetch
   * @param {(value: T) => void} onFetched Told when it is there.
   */
  constructor(fetch, onFetched) {
    this.#fetch = fetch;
    this.#onFetched = onFetched;
  }

  /** It is needed: null until it is there. */
  want() {
    this.#fetched ??= this.#fetch().then(
      (value) => this.#onFetched((this.value = value)),
      () => {
        this.#fetched = null;
      },
    );
    return this.value;
  }
}
