// What is asked whether it answers, and how that went in the last day.

import { embeddedIn, itemsOf, linkOf } from "../api/hal.js";
import { element, setText } from "../dom.js";
import { exampleOf } from "../example.js";
import { ago, duration } from "../format.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { isWanted, nameText, standingBadge, uptime } from "./parts.js";
import { Section } from "./section.js";
import { sharesOf } from "./shares.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("./types.js").Outcome} Outcome */
/** @typedef {import("./types.js").Ping} Ping */

const words = texts.watch;
/** Of so many, the last day is asked for, at most so often. */
const MOST_DAYS = 40;
const DAY_EVERY_MS = 60_000;
const BARS = 48;
const TEXT_LIMIT = 200;

export class Pings {
  #client;
  /** @type {Ping[]} */
  #pings = [];
  /** @type {Map<string, Outcome[]>} The last day, by service. */
  #days = new Map();
  #daysAt = -Infinity;
  #section = new Section(words.pings, words.pingHeadings, () => new PingRow(this.#days));

  /** @param {HalClient} client */
  constructor(client) {
    this.#client = client;
    this.element = this.#section.element;
  }

  /**
   * @param {Resource} root
   * @param {AbortSignal} signal
   */
  load(root, signal) {
    return this.#section.load(async () => {
      const list = await this.#client.get(linkOf(root, "pings") ?? "", signal);
      const items = itemsOf(list);
      this.#pings = items.map(({ resource }) => /** @type {Ping} */ (resource));
      await this.#loadDays(items.slice(0, MOST_DAYS), signal);
    });
  }

  /**
   * @param {{href: string, resource: Resource}[]} items
   * @param {AbortSignal} signal
   */
  async #loadDays(items, signal) {
    if (performance.now() - this.#daysAt < DAY_EVERY_MS) return;
    for (const { href, resource } of items) {
      const day = await this.#client.get(href, signal);
      this.#days.set(/** @type {Ping} */ (resource).service, embeddedIn(day));
    }
    this.#daysAt = performance.now();
  }

  /** How many there are in each state. @returns {Map<string, number>} */
  get counts() {
    const counts = new Map();
    for (const { state } of this.#pings) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  /** @param {{search: string, states: string}} view */
  show(view) {
    const shown = this.#pings.filter(({ service, state }) => isWanted(view, service, state));
    const isNone = this.#pings.length === 0;
    this.#section.show(
      shown.map((ping) => [ping.service, ping]),
      "",
      isNone ? words.noPings : words.noMatch,
      isNone ? [exampleOf(words.aPing(location.origin))] : [],
    );
  }
}

class PingRow {
  #days;
  /** @type {Outcome[] | undefined} What is drawn. */
  #day;
  #state = element("td", {});
  #name = element("th", { scope: "row" });
  #url = element("td", {});
  #last = element("td", {});
  #took = element("td", {});
  #trend = element("td", { class: "trend" });
  #up = element("td", {});
  #problem = element("td", {});
  element = element(
    "tr",
    {},
    this.#state,
    this.#name,
    this.#url,
    this.#last,
    this.#took,
    this.#trend,
    this.#up,
    this.#problem,
  );

  /** @param {Map<string, Outcome[]>} days */
  constructor(days) {
    this.#days = days;
  }

  /** @param {Ping} ping */
  update({ service, url, state, last, latency_seconds: took, problem }) {
    this.#state.replaceChildren(standingBadge(state));
    if (this.#name.textContent === "") this.#name.append(nameText(service));
    setText(this.#url, clip(url, TEXT_LIMIT));
    setText(this.#last, last === null ? words.never : ago(Date.parse(last), Date.now()));
    setText(this.#took, took === null ? "" : duration(took * 1e9));
    setText(this.#problem, clip(problem ?? "", TEXT_LIMIT));
    const day = this.#days.get(service);
    if (day === this.#day || !day) return;
    this.#day = day;
    this.#trend.replaceChildren(latencies(day));
    const good = day.filter(({ problem: wrong }) => wrong === null).length;
    this.#up.replaceChildren(uptime(day.length === 0 ? null : good / day.length));
  }
}

/**
 * Small bars, as high as answers took long.
 * @param {Outcome[]} day
 */
function latencies(day) {
  const shares = sharesOf(day, BARS);
  const bars = shares.map(({ share, took, failed }) => {
    const bar = element("span", {
      class: `run ${failed > 0 ? "failed" : "done"}`,
      title: `${duration(took * 1e9)}${failed > 0 ? `, ${texts.header.failed(failed)}` : ""}`,
    });
    bar.style.setProperty("--height", String(share));
    return bar;
  });
  const failed = day.filter(({ problem }) => problem !== null).length;
  const label = words.latencies(day.length, failed);
  return element("div", { class: "spark", role: "img", "aria-label": label }, ...bars);
}
