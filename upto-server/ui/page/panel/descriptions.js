// Attributes and messages of single events, where a timeline has too many events to fetch those of all.

import { embeddedIn, isAbort, linkOf } from "../api/hal.js";
import { DESCRIBED } from "../feed.js";
import { utcTime } from "../model/instant.js";

/** @typedef {import("../api/types.js").ApiEvent} ApiEvent */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("./parts.js").Parts} Parts */

/** So many events that begin at the same time are looked through. */
const LIMIT = 100;

export class Descriptions {
  #parts;
  #onTold;
  #abort = new AbortController();
  /** @type {TimelineModel | null} */
  #model = null;
  /** The event that is asked for; -1 for none. */
  #asked = -1;
  /** @type {Set<number>} Events whose attributes are known, or that have none. */
  #told = new Set();

  /**
   * @param {Parts} parts
   * @param {() => void} onTold Called when something was told.
   */
  constructor(parts, onTold) {
    this.#parts = parts;
    this.#onTold = onTold;
  }

  /**
   * Asks for what an event says beside its times, unless that is known. What was asked for before is given up.
   * @param {TimelineModel} model
   * @param {number} event
   * @returns {boolean} Whether it is still to come.
   */
  want(model, event) {
    if (model !== this.#model) this.#forget(model);
    if (model.events.length <= DESCRIBED || this.#told.has(event)) return false;
    if (event !== this.#asked) this.#ask(model, event);
    return true;
  }

  /** @param {TimelineModel} model */
  #forget(model) {
    this.#abort.abort();
    this.#model = model;
    this.#asked = -1;
    this.#told.clear();
  }

  /**
   * @param {TimelineModel} model
   * @param {number} event
   */
  async #ask(model, event) {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#asked = event;
    const { signal } = this.#abort;
    try {
      const found = await this.#fetch(model, event, signal);
      // Its times too: of so many events they came rounded.
      if (found) model.apply([found]);
    } catch (error) {
      // Without an answer there is nothing more to tell; it is asked again when the event is chosen again.
      if (isAbort(error)) return;
    }
    this.#told.add(event);
    this.#onTold();
  }

  /**
   * @param {TimelineModel} model
   * @param {number} event
   * @param {AbortSignal} signal
   * @returns {Promise<ApiEvent | undefined>}
   */
  async #fetch(model, event, signal) {
    const { timeline } = this.#parts.session;
    const { events, base, hosts } = model;
    const url = new URL((timeline && linkOf(timeline, "events")) ?? "", document.baseURI);
    url.searchParams.set("from", utcTime(events.from(event), base));
    url.searchParams.set("limit", String(LIMIT));
    const page = await this.#parts.client.get(url.href, signal);
    const [name, id] = [model.nameOf(events.node[event]), events.idOf(event)];
    const host = events.host[event] < 0 ? undefined : hosts[events.host[event]];
    /** @type {ApiEvent[]} */
    const told = embeddedIn(page);
    return told.find((each) => each.name === name && each.host === host && String(each.id) === id);
  }
}
