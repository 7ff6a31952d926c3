// What is being watched: finds the context and the timeline that the view asks for, keeps a feed on
// it, and follows the newest timeline when none was chosen.

import { isAbort, itemsOf, linkOf } from "./api/hal.js";
import { TimelineFeed } from "./feed.js";

/** @typedef {import("./api/hal.js").HalClient} HalClient */
/** @typedef {import("./api/live.js").Connection} Connection */
/** @typedef {import("./api/types.js").ContextResource} ContextResource */
/** @typedef {import("./api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("./model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("./state/store.js").ViewStore} ViewStore */

/**
 * What there is to show: nothing yet, no context at all, a context without timelines, a name that
 * nobody knows, a failure, or a timeline.
 * @typedef {"finding" | "no-contexts" | "no-context" | "no-timelines" | "no-timeline" | "failed" | "showing"} Phase
 */

/** How often a context is asked for a newer timeline, and an empty server for a first context. */
const POLL_MS = 2000;
/** How long after a failure it is tried again. */
const RETRY_MS = 5000;

export class Session {
  #client;
  #store;
  /** @type {(() => void)[]} */
  #listeners = [];
  /** @type {TimelineFeed | null} */
  #feed = null;
  #abort = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @type {Phase} */
  phase = "finding";
  /** @type {ContextResource | null} */
  context = null;
  /** @type {TimelineResource | null} */
  timeline = null;
  /** @type {TimelineModel | null} */
  model = null;
  /** @type {Connection} */
  connection = "connecting";
  /** @type {number | null} How many events have been fetched while that goes on. */
  loaded = null;
  /** @type {unknown} */
  error = null;

  /**
   * @param {HalClient} client
   * @param {ViewStore} store
   */
  constructor(client, store) {
    this.#client = client;
    this.#store = store;
    store.subscribe((view, before) => {
      const isOther = view.context !== before.context || view.timeline !== before.timeline;
      if (view.page !== "timeline") return this.rest();
      if (isOther || view.raw !== before.raw || view.page !== before.page) this.open();
      else this.#feed?.regroup(view.grouping);
    });
    document.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  /** @param {() => void} listener Called after each change of what the fields say. */
  subscribe(listener) {
    this.#listeners.push(listener);
  }

  /** @param {Partial<Session>} fields */
  #tell(fields) {
    Object.assign(this, fields);
    for (const listener of this.#listeners) listener();
  }

  /** Begins to watch what the view asks for, anew after a failure too. */
  open() {
    this.#stop();
    if (this.phase !== "showing") this.#tell({ phase: "finding", error: null });
    if (!document.hidden) this.#run(() => this.#find());
  }

  /** Lets go of everything while another page is looked at. What was shown is fetched again on the way back. */
  rest() {
    this.#stop();
    this.#show({ phase: "finding", error: null });
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  /**
   * Does something that may fail or be given up.
   * @param {() => Promise<void>} task
   */
  #run(task) {
    task().catch((error) => {
      if (!isAbort(error)) this.#onFailed(error);
    });
  }

  /** @param {unknown} error */
  #onFailed(error) {
    if (this.phase === "showing" && this.#isWanted()) this.#pollLater();
    else this.#fail(error);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#show({ phase: "failed", error });
    this.#pollLater();
  }

  /** Whether what is shown is what the view asks for. */
  #isWanted() {
    const { context, timeline } = this.#store.view;
    const isContext = context === null || context === this.timeline?.context;
    return isContext && (timeline === null || timeline === this.timeline?.name);
  }

  #onVisibility() {
    if (this.#store.view.page !== "timeline") return;
    if (document.hidden) {
      this.#stop();
      this.#feed?.pause();
    } else {
      this.#feed?.open();
      this.#run(() => this.#find());
    }
  }

  async #find() {
    const { signal } = this.#abort;
    const root = await this.#client.root(signal);
    const context = await this.#findContext(linkOf(root, "contexts") ?? "", signal);
    if (!context) return this.#wait(this.#store.view.context === null ? "no-contexts" : "no-context", null);
    const href = await this.#findTimeline(context, signal);
    if (href === null)
      return this.#wait(this.#store.view.timeline === null ? "no-timelines" : "no-timeline", context);
    await this.#watch(context, href, signal);
    this.#pollLater();
  }

  /**
   * The context that was asked for; else the one that is shown; else the most interesting one.
   * @param {string} contexts
   * @param {AbortSignal} signal
   * @returns {Promise<ContextResource | null>}
   */
  async #findContext(contexts, signal) {
    const chosen = this.#store.view.context;
    const wanted = chosen ?? this.context?.name;
    if (wanted === undefined) return this.#chooseContext(contexts, signal);
    const found = await this.#client.find(
      contexts,
      (/** @type {ContextResource} */ context) => context.name === wanted,
      signal,
    );
    if (found) return /** @type {Promise<ContextResource>} */ (this.#client.get(found.href, signal));
    return chosen === null ? this.#chooseContext(contexts, signal) : null;
  }

  /**
   * The context in which something happened last. What runs is no better: it may have been forgotten.
   * @param {string} contexts
   * @param {AbortSignal} signal
   * @returns {Promise<ContextResource | null>}
   */
  async #chooseContext(contexts, signal) {
    let href = null;
    let latest = "";
    for await (const page of this.#client.pages(contexts, 1000, signal))
      for (const item of itemsOf(page)) {
        const { last } = /** @type {ContextResource} */ (item.resource);
        if (href !== null && (last ?? "") <= latest) continue;
        ({ href } = item);
        latest = last ?? "";
      }
    return href === null ? null : /** @type {Promise<ContextResource>} */ (this.#client.get(href, signal));
  }

  /**
   * The address of the timeline that was asked for, else of the newest one.
   * @param {ContextResource} context
   * @param {AbortSignal} signal
   */
  async #findTimeline(context, signal) {
    const wanted = this.#store.view.timeline;
    if (wanted === null) return linkOf(context, "latest");
    const found = await this.#client.find(
      linkOf(context, "timelines") ?? "",
      (/** @type {TimelineResource} */ timeline) => timeline.name === wanted,
      signal,
    );
    return found && found.href;
  }

  /**
   * @param {ContextResource} context
   * @param {string} href
   * @param {AbortSignal} signal
   */
  async #watch(context, href, signal) {
    /** @type {TimelineResource} */
    const corrected = await this.#client.get(href, signal);
    const raw = this.#store.view.raw ? linkOf(corrected, "raw") : null;
    /** @type {TimelineResource} */
    const timeline = raw === null ? corrected : await this.#client.get(raw, signal);
    const isShown = this.timeline !== null && linkOf(timeline, "self") === linkOf(this.timeline, "self");
    if (this.#feed && isShown) return this.#tell({ context, timeline });
    this.#show({ phase: "showing", context, timeline, error: null });
    this.#feed = this.#feedOf(timeline);
    this.#feed.open();
  }

  /** @param {TimelineResource} timeline */
  #feedOf(timeline) {
    /** @type {import("./feed.js").FeedListener} */
    const listener = {
      onTimeline: (changed) => this.#tell({ timeline: changed }),
      onModel: (model) => this.#tell({ model }),
      onProgress: (loaded) => this.#tell({ loaded }),
      onConnection: (connection) => this.#tell({ connection }),
      onError: (error) => this.#fail(error),
    };
    return new TimelineFeed(this.#client, timeline, listener, this.#store.view.grouping);
  }

  /**
   * Shows something else than so far: the feed of what was shown ends.
   * @param {Partial<Session>} fields
   */
  #show(fields) {
    this.#feed?.close();
    this.#feed = null;
    this.#tell({ timeline: null, model: null, loaded: null, connection: "connecting", ...fields });
  }

  /**
   * @param {Phase} phase
   * @param {ContextResource | null} context
   */
  #wait(phase, context) {
    this.#show({ phase, context });
    this.#pollLater();
  }

  /** Looks again after a while, unless a certain timeline was asked for and is there. */
  #pollLater() {
    clearTimeout(this.#timer);
    if (this.phase === "showing" && this.#store.view.timeline !== null) return;
    const delay = this.phase === "failed" ? RETRY_MS : POLL_MS;
    this.#timer = setTimeout(() => this.#run(() => this.#follow()), delay);
  }

  /** Looks for a newer timeline of the context that is shown; without one, from the beginning. */
  async #follow() {
    const href = this.context && linkOf(this.context, "self");
    if (this.phase !== "showing" || !href) return this.#find();
    const { signal } = this.#abort;
    /** @type {ContextResource} */
    const context = await this.#client.get(href, signal);
    const latest = linkOf(context, "latest");
    if (latest !== null && context.latest !== this.timeline?.name) {
      this.#store.change("follow", { from: null, to: null });
      await this.#watch(context, latest, signal);
    }
    this.#pollLater();
  }
}
