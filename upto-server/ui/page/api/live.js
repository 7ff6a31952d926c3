// The live stream of one timeline: a connection that heals itself. It goes on where it was, by the id of what was told last;
// where the server does not know that any more, it tells to fetch everything again.

import { parseExactly } from "./json.js";

/** @typedef {import("./types.js").ApiEvent} ApiEvent */
/** @typedef {import("./types.js").TimelineResource} TimelineResource */
/** @typedef {"connecting" | "live" | "reconnecting" | "paused"} Connection */

/**
 * @typedef {object} StreamListener
 * @property {(timeline: TimelineResource, isFirst: boolean) => void} onTimeline The first one after `open`
 *   says that what was told before it has been missed.
 * @property {(events: ApiEvent[]) => void} onEvents
 * @property {() => void} onReset
 * @property {(connection: Connection) => void} onConnection
 */

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;

/** A stream that is opened once and closed once. */
export class LiveStream {
  #href;
  #listener;
  /** @type {EventSource | null} */
  #source = null;
  /** The id of what was told last; empty before that. */
  #lastId = "";
  #delay = FIRST_DELAY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} href
   * @param {StreamListener} listener
   */
  constructor(href, listener) {
    this.#href = href;
    this.#listener = listener;
  }

  open() {
    this.#lastId = "";
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #connect() {
    const source = new EventSource(withLastId(this.#href, this.#lastId));
    this.#source = source;
    source.addEventListener("open", () => this.#onOpen());
    source.addEventListener("error", () => this.#onError(source));
    source.addEventListener("timeline", (message) => this.#onTimeline(message));
    source.addEventListener("events", (message) => {
      this.#lastId = message.lastEventId;
      this.#listener.onEvents(parseExactly(message.data).events);
    });
    source.addEventListener("reset", (message) => {
      this.#lastId = message.lastEventId;
      this.#listener.onReset();
    });
  }

  #onOpen() {
    this.#delay = FIRST_DELAY_MS;
    this.#listener.onConnection("live");
  }

  /** @param {MessageEvent} message */
  #onTimeline(message) {
    const isFirst = this.#lastId === "";
    this.#lastId = message.lastEventId;
    this.#listener.onTimeline(parseExactly(message.data), isFirst);
  }

  /**
   * A browser reconnects by itself, and says where it was, except after an answer that is no stream (a 503, say): then it
   * gives up, and the next try is up to us, ever more patiently.
   * @param {EventSource} source
   */
  #onError(source) {
    this.#listener.onConnection("reconnecting");
    if (source.readyState !== EventSource.CLOSED) return;
    this.close();
    this.#timer = setTimeout(() => this.#connect(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, MAX_DELAY_MS);
  }
}

/**
 * The same address, with where to go on: a new `EventSource` can't be told otherwise.
 * @param {string} href
 * @param {string} lastId
 */
function withLastId(href, lastId) {
  if (lastId === "") return href;
  const url = new URL(href, document.baseURI);
  url.searchParams.set("last_event_id", lastId);
  return url.href;
}
