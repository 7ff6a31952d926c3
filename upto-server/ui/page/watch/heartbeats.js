// Who says that they are alive, and who should have.

import { itemsOf, linkOf } from "../api/hal.js";
import { element, setText } from "../dom.js";
import { exampleOf } from "../example.js";
import { ago } from "../format.js";
import { askRemoval } from "../lists/dialogs.js";
import { actionMenu } from "../lists/parts.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { byUrgency, dueWords } from "./due.js";
import { isWanted, nameText, standingBadge, uptime } from "./parts.js";
import { Section } from "./section.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("./types.js").Heartbeat} Heartbeat */
/** @typedef {"PUT" | "DELETE"} Method */
/** Changes a heartbeat, and fetches them anew. @typedef {(method: Method, href: string) => Promise<void>} Change */

const words = texts.watch;
const PAGE_SIZE = 1000;
/** More than these would be read by nobody, and cost whoever looks. */
const MOST = 2000;
const TEXT_LIMIT = 200;

export class Heartbeats {
  #client;
  #change;
  #onFailed;
  /** @type {Heartbeat[]} */
  #heartbeats = [];
  #hasMore = false;
  /** @type {Set<HeartbeatRow>} */
  #rows = new Set();
  #section = new Section(words.heartbeats, words.heartbeatHeadings, () => this.#makeRow());

  /**
   * @param {HalClient} client
   * @param {Change} change
   * @param {(error: unknown) => void} onFailed
   */
  constructor(client, change, onFailed) {
    this.#client = client;
    this.#change = change;
    this.#onFailed = onFailed;
    this.element = this.#section.element;
  }

  #makeRow() {
    const row = new HeartbeatRow(this.#change, this.#onFailed);
    this.#rows.add(row);
    return row;
  }

  /**
   * @param {Resource} root
   * @param {AbortSignal} signal
   */
  load(root, signal) {
    return this.#section.load(() => this.#fetch(linkOf(root, "heartbeats") ?? "", signal));
  }

  /**
   * @param {string} href
   * @param {AbortSignal} signal
   */
  async #fetch(href, signal) {
    /** @type {Heartbeat[]} */
    const heartbeats = [];
    for await (const page of this.#client.pages(href, PAGE_SIZE, signal)) {
      heartbeats.push(...itemsOf(page).map(({ resource }) => /** @type {Heartbeat} */ (resource)));
      this.#hasMore = linkOf(page, "next") !== null;
      if (heartbeats.length >= MOST) break;
    }
    this.#heartbeats = heartbeats.sort(byUrgency);
  }

  /** How many there are in each state. @returns {Map<string, number>} */
  get counts() {
    const counts = new Map();
    for (const { state } of this.#heartbeats) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  /** @param {{search: string, states: string}} view */
  show(view) {
    const shown = this.#heartbeats.filter(({ service, state }) => isWanted(view, service, state));
    const isNone = this.#heartbeats.length === 0;
    const example = texts.posting(`${location.origin}/api/heartbeats`, { service: "backup", next: 60 });
    this.#section.show(
      shown.map((heartbeat) => [JSON.stringify([heartbeat.service, heartbeat.run]), heartbeat]),
      this.#hasMore ? words.most(this.#heartbeats.length) : "",
      isNone ? words.noHeartbeats : words.noMatch,
      isNone ? [exampleOf(example)] : [],
    );
    for (const row of this.#rows) if (!row.element.isConnected) this.#rows.delete(row);
  }

  /** @param {number} now In milliseconds since the epoch, by the server's clock. */
  tick(now) {
    for (const row of this.#rows) row.tick(now);
  }
}

class HeartbeatRow {
  #change;
  #onFailed;
  /** @type {Heartbeat | null} */
  #heartbeat = null;
  /** What the menu is about: whether it can be paused. @type {boolean | null} */
  #canPause = null;
  #state = element("td", {});
  #name = element("th", { scope: "row" });
  #last = element("td", {});
  #due = element("td", { class: "due" });
  #uptimes = [element("td", {}), element("td", {}), element("td", {})];
  #text = element("td", {});
  #actions = element("td", {});
  element = element(
    "tr",
    {},
    this.#state,
    this.#name,
    this.#last,
    this.#due,
    ...this.#uptimes,
    this.#text,
    this.#actions,
  );

  /**
   * @param {Change} change
   * @param {(error: unknown) => void} onFailed
   */
  constructor(change, onFailed) {
    this.#change = change;
    this.#onFailed = onFailed;
  }

  /** @param {Heartbeat} heartbeat */
  update(heartbeat) {
    const { service, run, state, text } = heartbeat;
    if (this.#heartbeat === null)
      this.#name.append(nameText(service), ...(run === "" ? [] : [" ", runNote(run)]));
    if (this.#heartbeat?.state !== state) this.#state.replaceChildren(standingBadge(state));
    this.#heartbeat = heartbeat;
    this.#showUptimes(heartbeat);
    setText(this.#text, clip(text, TEXT_LIMIT));
    this.#showActions(heartbeat);
  }

  /** @param {Heartbeat} heartbeat */
  #showUptimes({ uptime: { day, week, month } }) {
    const shown = [day, week, month].map((share) => uptime(share));
    this.#uptimes.forEach((cell, at) => {
      if (cell.textContent !== shown[at].textContent) cell.replaceChildren(shown[at]);
    });
  }

  /** @param {Heartbeat} heartbeat */
  #showActions(heartbeat) {
    const canPause = !["paused", "cancelled"].includes(heartbeat.state);
    if (this.#canPause === canPause) return;
    this.#canPause = canPause;
    const self = linkOf(heartbeat, "self") ?? "";
    const paused = withRun(linkOf(heartbeat, "paused") ?? "", heartbeat.run);
    const forget = () => this.#change("DELETE", withParameter(self, "forget", "true"));
    const change = (/** @type {Method} */ method, /** @type {string} */ href) =>
      this.#change(method, href).catch(this.#onFailed);
    this.#actions.replaceChildren(
      actionMenu(heartbeat.service, [
        canPause
          ? [words.pause, () => change("PUT", paused)]
          : [words.resume, () => change("DELETE", paused)],
        [words.cancel, () => change("DELETE", self)],
        [words.forget, () => askRemoval(heartbeat.service, words.forgetting, forget)],
      ]),
    );
  }

  /** @param {number} now */
  tick(now) {
    if (!this.#heartbeat) return;
    const { last } = this.#heartbeat;
    setText(this.#last, last === null ? words.never : ago(Date.parse(last), now));
    setText(this.#due, dueWords(this.#heartbeat, now));
  }
}

/** @param {string} run */
function runNote(run) {
  return element("span", { class: "note" }, element("bdi", {}, words.run(clip(run, TEXT_LIMIT))));
}

/**
 * The same address for a run of the service.
 * @param {string} href
 * @param {string} run
 */
function withRun(href, run) {
  return run === "" ? href : withParameter(href, "run", run);
}

/**
 * @param {string} href
 * @param {string} name
 * @param {string} value
 */
function withParameter(href, name, value) {
  const url = new URL(href, document.baseURI);
  url.searchParams.set(name, value);
  return url.href;
}
