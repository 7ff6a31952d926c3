// The clusters that are watched: how each is, its figures with how they went, and what its connector said.

import { embeddedIn, itemsOf, linkOf } from "../api/hal.js";
import { element } from "../dom.js";
import { ago } from "../format.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { isMatch, stateBadge } from "./parts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

/**
 * What was found out at one time.
 * @typedef {object} Probe
 * @property {number} number
 * @property {string} time
 * @property {string | null} problem
 * @property {Record<string, number>} figures
 * @property {unknown} detail
 */

/**
 * A cluster, and how it is.
 * @typedef {object} Cluster
 * @property {string} name
 * @property {string} connector
 * @property {string | null} collector
 * @property {string} state
 * @property {boolean} stale
 * @property {Probe | null} latest
 */

const words = texts.clusters;
const PAGE_SIZE = 1000;
/** Answers that a spark line shows. */
const HISTORY = 60;
/** So many clusters are asked how they went before. */
const HISTORIES = 40;
const NAME_LIMIT = 200;
/** A cluster that is silent is found to be so by asking. */
const LOOK_MS = 5000;

export class ClusterList {
  /** After what of the stream all is fetched anew. */
  kinds = ["cluster"];
  every = LOOK_MS;
  #client;
  #store;
  #filter = element("input", {
    type: "search",
    placeholder: words.filter,
    "aria-label": words.filter,
    class: "search",
  });
  #cards = element("div", { class: "cards" });
  #empty = element("p", { class: "empty" });
  /** @type {Cluster[]} */
  #clusters = [];
  /** @type {Map<string, Probe[]>} By cluster, the oldest first. */
  #history = new Map();
  /** @type {Set<string>} Clusters whose raw answer is looked at. */
  #unfolded = new Set();
  element;

  /**
   * @param {HalClient} client
   * @param {ViewStore} store
   */
  constructor(client, store) {
    this.#client = client;
    this.#store = store;
    const bar = element("div", { class: "bar" }, element("h2", {}, words.title), this.#filter);
    this.element = element("div", { class: "clusters" }, bar, this.#cards, this.#empty);
    this.#filter.addEventListener("input", () => store.change("search", { search: this.#filter.value }));
    store.subscribe((view, before) => {
      if (view.page === "clusters" && view.search !== before.search) this.#draw();
    });
  }

  key() {
    return "clusters";
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const root = await this.#client.root(signal);
    /** @type {{href: string, resource: any}[]} */
    const items = [];
    let live = null;
    for await (const page of this.#client.pages(linkOf(root, "clusters") ?? "", PAGE_SIZE, signal)) {
      items.push(...itemsOf(page));
      live ??= linkOf(page, "live");
    }
    this.#clusters = items.map(({ resource }) => /** @type {Cluster} */ (resource));
    this.#clusters.forEach((cluster) => this.#note(cluster));
    this.#drawUnlessRead();
    for (const { resource } of items.slice(0, HISTORIES)) await this.#loadHistory(resource, signal);
    return live;
  }

  /**
   * Adds what was found out last to what was known before.
   * @param {Cluster} cluster
   */
  #note({ name, latest }) {
    const known = this.#history.get(name);
    if (known === undefined || latest === null || known.at(-1)?.number === latest.number) return;
    known.push(latest);
    known.splice(0, known.length - HISTORY);
  }

  /**
   * Asks how a cluster went before, once.
   * @param {any} resource
   * @param {AbortSignal} signal
   */
  async #loadHistory(resource, signal) {
    const href = linkOf(resource, "probes");
    if (href === null || signal.aborted || this.#history.has(resource.name)) return;
    const page = await this.#client.get(`${href}?limit=${HISTORY}`, signal).catch(() => null);
    if (page === null) return;
    this.#history.set(resource.name, [...embeddedIn(page)].reverse());
    this.#drawUnlessRead();
  }

  /** Who has something of it in their hands keeps it as it is. */
  #drawUnlessRead() {
    if (!this.#cards.contains(document.activeElement)) this.#draw();
  }

  #draw() {
    const { search } = this.#store.view;
    if (this.#filter.value !== search) this.#filter.value = search;
    const shown = this.#clusters.filter(({ name }) => isMatch(name, search));
    this.#cards.replaceChildren(...shown.map((cluster) => this.#card(cluster)));
    this.#empty.textContent = shown.length > 0 ? "" : words.empty(clip(search, NAME_LIMIT));
  }

  /** @param {Cluster} cluster */
  #card(cluster) {
    const { name, connector, collector, state, stale, latest } = cluster;
    const since = latest === null ? words.never : words.last(ago(Date.parse(latest.time), Date.now()));
    const title = element("h3", {}, element("bdi", {}, clip(name, NAME_LIMIT)));
    const head = element("div", { class: "bar" }, title, stateBadge(state), element("span", {}, since));
    const card = element("section", { class: "card" }, head, element("p", {}, words.by(connector, collector)));
    card.dataset.name = name;
    if (latest === null) return card;
    if (stale) card.append(element("p", { class: "stale" }, words.stale(latest.time)));
    if (latest.problem !== null) card.append(element("p", { class: "problem" }, latest.problem));
    card.append(this.#tiles(name, latest), this.#raw(name, latest));
    return card;
  }

  /**
   * @param {string} name
   * @param {Probe} latest
   */
  #tiles(name, latest) {
    const history = this.#history.get(name) ?? [];
    const tiles = Object.entries(latest.figures).map(([figure, value]) => {
      const values = history.map(({ figures }) => figures[figure] ?? null);
      return element(
        "div",
        { class: "tile" },
        element("dt", {}, figure.replaceAll("_", " ")),
        element("dd", {}, shownNumber(value), sparkOf(figure, values)),
      );
    });
    return element("dl", { class: "tiles" }, ...tiles);
  }

  /**
   * What was found out, as it is, behind a fold that stays as it was.
   * @param {string} name
   * @param {Probe} latest
   */
  #raw(name, latest) {
    const text = element("pre", { tabindex: "0" });
    const fold = element("details", {}, element("summary", {}, words.raw), text);
    const fill = () => {
      if (fold.open) this.#unfolded.add(name);
      else this.#unfolded.delete(name);
      text.textContent = fold.open ? JSON.stringify(latest, null, 2) : "";
    };
    fold.open = this.#unfolded.has(name);
    fill();
    fold.addEventListener("toggle", fill);
    return fold;
  }
}

/**
 * A number for people: large ones are whole, with their thousands, small ones have three digits that count.
 * @param {number} value
 */
function shownNumber(value) {
  const isWhole = Number.isInteger(value) || Math.abs(value) >= 100;
  return value.toLocaleString("en", isWhole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });
}

/**
 * Bars as high as the numbers are large.
 * @param {string} figure
 * @param {(number | null)[]} values
 */
function sparkOf(figure, values) {
  const most = values.reduce((/** @type {number} */ most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
  const bars = values.map((value) => {
    // A place without a bar: not told is not nothing.
    if (value === null) return element("span", { class: "run gap" });
    const bar = element("span", { class: "run done" });
    bar.style.setProperty("--height", String(most > 0 ? Math.abs(value) / most : 0));
    return bar;
  });
  return element("div", { class: "spark", role: "img", "aria-label": words.spark(figure, values.length) }, ...bars);
}
