// Fills the model of one timeline: fetches its events as columns and applies what the live stream tells
// meanwhile on top, which is safe because each event comes whole.

import { chunksOf, COLUMNS_TYPE, withGrain } from "./api/columns.js";
import { embeddedIn, isAbort, linkOf } from "./api/hal.js";
import { LiveStream } from "./api/live.js";
import { Loader } from "./model/loader.js";
import { TimelineModel } from "./model/timeline.js";

/** @typedef {import("./api/hal.js").HalClient} HalClient */
/** @typedef {import("./api/types.js").ApiEvent} ApiEvent */
/** @typedef {import("./api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("./api/live.js").Connection} Connection */
/** @typedef {import("./state/view.js").Grouping} Grouping */

/**
 * @typedef {object} FeedListener
 * @property {(timeline: TimelineResource) => void} onTimeline
 * @property {(model: TimelineModel) => void} onModel The model is new or has changed.
 * @property {(loaded: number | null) => void} onProgress How many events have been fetched; null when that is over.
 * @property {(connection: Connection) => void} onConnection
 * @property {(error: unknown) => void} onError Fetching has failed, and there is nothing to show.
 */

const PAGE_SIZE = 10_000;
/** Columns have no attributes and messages; of timelines with more events than this, those are not fetched. */
export const DESCRIBED = 20_000;
/** Where times of many events are rounded, it is by so small a part of all that no picture shows it, and by no more than a µs. */
const GRAINS_AT_LEAST = 2 ** 28;
const GRAINS = [1000, 100, 10];

/**
 * To how many nanoseconds the times of a timeline's events are rounded down when all are fetched: the last digits of many
 * are most of what they take on the wire.
 * @param {TimelineResource} timeline
 */
function grainFor({ events, duration_seconds: seconds }) {
  if (events.total <= DESCRIBED) return 1;
  return GRAINS.find((grain) => (seconds ?? 0) * 1e9 >= grain * GRAINS_AT_LEAST) ?? 1;
}

/**
 * Where all events of a timeline are fetched from.
 * @param {TimelineResource} timeline
 */
export function columnsOf(timeline) {
  return withGrain(linkOf(timeline, "columns") ?? "", grainFor(timeline));
}

/** A stream that resets again and again is read anew at most this often. */
const RELOAD_DELAY_MS = 1000;
const MAX_RETRY_DELAY_MS = 30_000;

export class TimelineFeed {
  #client;
  #timeline;
  #listener;
  #stream;
  #abort = new AbortController();
  /** @type {TimelineModel | null} What is shown. */
  #model = null;
  /** @type {ApiEvent[][] | null} What the stream told since loading began; null while not loading. */
  #meanwhile = null;
  #loadAgain = false;
  #retryDelay = RELOAD_DELAY_MS;
  #grouping;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HalClient} client
   * @param {TimelineResource} timeline
   * @param {FeedListener} listener
   * @param {Grouping} grouping
   */
  constructor(client, timeline, listener, grouping) {
    this.#grouping = grouping;
    this.#client = client;
    this.#timeline = timeline;
    this.#listener = listener;
    this.#stream = new LiveStream(linkOf(timeline, "live") ?? "", {
      onTimeline: (changed, isFirst) => this.#onTimeline(changed, isFirst),
      onEvents: (events) => this.#onEvents(events),
      onReset: () => this.#load(),
      onConnection: (connection) => this.#onConnection(connection),
    });
  }

  /** Begins, or begins again after `pause`: what was missed meanwhile is fetched. */
  open() {
    this.#abort = new AbortController();
    this.#listener.onConnection("connecting");
    this.#stream.open();
  }

  /** Lets go of the connection and of every timer. The model stays. */
  pause() {
    this.close();
    this.#listener.onConnection("paused");
  }

  close() {
    this.#stream.close();
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#meanwhile = null;
  }

  /**
   * @param {TimelineResource} timeline
   * @param {boolean} isFirst
   */
  #onTimeline(timeline, isFirst) {
    this.#listener.onTimeline(timeline);
    if (isFirst) this.#load();
  }

  /** @param {ApiEvent[]} events */
  #onEvents(events) {
    if (this.#meanwhile) {
      this.#meanwhile.push(events);
    } else if (this.#model) {
      this.#model.apply(events);
      this.#listener.onModel(this.#model);
    }
  }

  /**
   * Without a stream the events are still worth seeing.
   * @param {Connection} connection
   */
  #onConnection(connection) {
    this.#listener.onConnection(connection);
    if (connection === "reconnecting" && !this.#model) this.#load();
  }

  /** Fetches everything. Asked while that is under way, it does so once more afterwards. */
  #load() {
    if (this.#meanwhile) {
      this.#loadAgain = true;
      return;
    }
    this.#meanwhile = [];
    this.#loadAgain = false;
    const { signal } = this.#abort;
    this.#fetchAll(signal).then(
      (model) => signal.aborted || this.#onLoaded(model),
      (error) => isAbort(error) || this.#onFailed(error),
    );
  }

  /**
   * Groups rows otherwise. What is shown stays until that has been fetched.
   * @param {Grouping} grouping
   */
  regroup(grouping) {
    if (grouping === this.#grouping) return;
    this.#grouping = grouping;
    this.#load();
  }

  /** @param {AbortSignal} signal */
  async #fetchAll(signal) {
    const model = new TimelineModel(this.#grouping);
    const loader = new Loader(model);
    const href = columnsOf(this.#timeline);
    for await (const chunk of chunksOf(this.#client.bytes(href, COLUMNS_TYPE, signal))) {
      loader.add(chunk);
      if (!this.#model) this.#listener.onModel(model);
      this.#listener.onProgress(model.events.length);
    }
    model.trim();
    return model;
  }

  /**
   * Fetches what columns do not tell: attributes and messages.
   * @param {TimelineModel} model
   * @param {AbortSignal} signal
   */
  async #describe(model, signal) {
    if (model.events.length > DESCRIBED) return;
    const href = linkOf(this.#timeline, "events") ?? "";
    for await (const page of this.#client.pages(href, PAGE_SIZE, signal)) {
      model.describe(/** @type {ApiEvent[]} */ (embeddedIn(page)));
      this.#listener.onModel(model);
    }
  }

  /** @param {TimelineModel} model */
  #onLoaded(model) {
    for (const events of this.#meanwhile ?? []) model.apply(events);
    this.#meanwhile = null;
    this.#model = model;
    this.#listener.onProgress(null);
    this.#listener.onModel(model);
    this.#retryDelay = RELOAD_DELAY_MS;
    if (this.#loadAgain) this.#loadLater(RELOAD_DELAY_MS);
    else this.#describe(model, this.#abort.signal).catch((error) => isAbort(error) || this.#onFailed(error));
  }

  /** @param {number} delay In milliseconds. */
  #loadLater(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), delay);
  }

  /**
   * What is shown already stays, and is fetched again later, ever more patiently.
   * @param {unknown} error
   */
  #onFailed(error) {
    this.#meanwhile = null;
    this.#listener.onProgress(null);
    if (!this.#model) return this.#listener.onError(error);
    this.#loadLater(this.#retryDelay);
    this.#retryDelay = Math.min(this.#retryDelay * 2, MAX_RETRY_DELAY_MS);
  }
}
