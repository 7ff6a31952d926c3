// The running clock. It ticks only while something is open, the stream is up and the page is seen.

/** @typedef {import("./api/hal.js").HalClient} HalClient */
/** @typedef {import("./session.js").Session} Session */

const LEAST_MS = 50;
const MOST_MS = 1000;

export class Clock {
  #client;
  #session;
  /** @type {(() => void)[]} */
  #listeners = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #interval = MOST_MS;
  /** While the stream is down nothing is known of what still runs: time stands still on the picture. */
  #stoppedAt = -Infinity;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * @param {HalClient} client
   * @param {Session} session
   */
  constructor(client, session) {
    this.#client = client;
    this.#session = session;
    session.subscribe(() => this.#update());
    document.addEventListener("visibilitychange", () => this.#update());
  }

  /** @param {() => void} listener Called at each tick. */
  subscribe(listener) {
    this.#listeners.push(listener);
  }

  /** Now, in nanoseconds from the base of the model that is shown. */
  now() {
    const { model, connection } = this.#session;
    if (!model || Number.isNaN(model.base)) return 0;
    const isKnown = connection === "live" || this.#stoppedAt === -Infinity;
    if (isKnown) this.#stoppedAt = Date.now() + this.#client.clockOffset;
    return Math.max((this.#stoppedAt - model.base * 1000) * 1e6, model.last);
  }

  /**
   * How often it is worth ticking: not more often than something moves by a pixel.
   * @param {number} milliseconds
   */
  setInterval(milliseconds) {
    const least = this.#calm.matches ? MOST_MS : LEAST_MS;
    this.#interval = Math.min(Math.max(milliseconds, least), MOST_MS);
  }

  #runs() {
    const { model, connection } = this.#session;
    return model !== null && model.open > 0 && connection === "live" && !document.hidden;
  }

  #update() {
    if (!this.#runs()) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setTimeout(() => this.#tick(), this.#interval);
    }
  }

  #tick() {
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
    this.#update();
  }
}
