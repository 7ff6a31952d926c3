// The fleet's page: how all hosts are, and one check over time.

import { itemsOf, linkOf } from "../api/hal.js";
import { expanded } from "../api/template.js";
import { element } from "../dom.js";
import { isMatch } from "../lists/parts.js";
import { FleetChart } from "./chart.js";
import { headRow, hostRow } from "./table.js";
import { fleet as words } from "../texts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("./table.js").Check} Check */
/** @typedef {import("./table.js").Host} Host */

/** It is fetched anew this often: what is stale is so without being told. */
const EVERY_MS = 1000;
/** Values of the past in a cell. */
const RECENT = 30;
const PAGE_SIZE = 1000;

export class FleetList {
  every = EVERY_MS;
  #client;
  #store;
  #summary = element("span", { class: "summary" });
  #filter = element("input", {
    type: "search",
    placeholder: words.filter,
    "aria-label": words.filter,
    class: "search",
  });
  #head = element("thead", {});
  /** The checks that the head has. */
  #named = "";
  #rows = element("tbody", {});
  #empty = element("p", { class: "empty" });
  #chart = new FleetChart(() => this.#choose(null));
  /** @type {Host[]} */
  #hosts = [];
  /** @type {{href: string, resource: Resource & Check}[]} */
  #checks = [];
  element;

  /**
   * @param {HalClient} client
   * @param {ViewStore} store
   */
  constructor(client, store) {
    this.#client = client;
    this.#store = store;
    const table = element("table", { class: "list fleet" }, this.#head, this.#rows);
    const bar = element("div", { class: "bar" }, element("h2", {}, words.title), this.#filter, this.#summary);
    const scrolls = element("div", { class: "scrolls" }, table);
    this.element = element("div", { class: "fleet-page" }, bar, this.#chart.element, scrolls, this.#empty);
    this.#filter.addEventListener("input", () => store.change("search", { search: this.#filter.value }));
    store.subscribe(() => store.view.page === "fleet" && this.#draw());
  }

  /** Another check is another chart. */
  key() {
    return `fleet ${this.#store.view.row ?? ""}`;
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const root = await this.#client.root(signal);
    const fleet = await this.#client.get(linkOf(root, "fleet") ?? "", signal);
    this.#checks = await this.#items(linkOf(fleet, "checks") ?? "", signal);
    const hosts = expanded(linkOf(fleet, "hosts") ?? "", { recent: RECENT });
    this.#hosts = (await this.#items(hosts, signal)).map(({ resource }) => resource);
    this.#draw();
    await this.#chart.show(await this.#charted(signal));
    return null;
  }

  /**
   * @param {string} href
   * @param {AbortSignal} signal
   * @returns {Promise<{href: string, resource: any}[]>}
   */
  async #items(href, signal) {
    const items = [];
    for await (const page of this.#client.pages(href, PAGE_SIZE, signal)) items.push(...itemsOf(page));
    return items;
  }

  /**
   * The check that was chosen, with what it came to.
   * @param {AbortSignal} signal
   * @returns {Promise<any>}
   */
  async #charted(signal) {
    const chosen = this.#checks.find(({ resource }) => resource.name === this.#store.view.row);
    return chosen ? this.#client.get(chosen.href, signal) : null;
  }

  /** @param {string | null} check */
  #choose(check) {
    this.#store.change("row", { row: check });
  }

  #draw() {
    const { search } = this.#store.view;
    if (this.#filter.value !== search) this.#filter.value = search;
    const checks = this.#checks.map(({ resource }) => resource);
    const choose = (/** @type {string} */ check) => this.#choose(check);
    const shown = this.#hosts.filter(({ name }) => isMatch(name, search));
    // The buttons stay as long as they are the same: somebody may be about to press one.
    const named = JSON.stringify(checks.map(({ name }) => name));
    if (named !== this.#named) this.#head.replaceChildren(headRow(checks, choose));
    this.#named = named;
    this.#rows.replaceChildren(...shown.map((host) => hostRow(host, checks, choose)));
    this.#summary.textContent = words.summary(
      this.#hosts.filter(({ there }) => there).length,
      this.#hosts.length,
    );
    this.#empty.textContent = this.#nothing(shown.length);
  }

  /** @param {number} shown */
  #nothing(shown) {
    if (shown > 0) return "";
    if (this.#checks.length === 0) return words.off;
    return this.#hosts.length === 0 ? words.none : words.empty;
  }
}
