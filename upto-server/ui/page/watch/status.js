// How services stand: heartbeats, pings, alerts that wait, agents.

import { linkOf } from "../api/hal.js";
import { send } from "../api/send.js";
import { expanded } from "../api/template.js";
import { element, setText } from "../dom.js";
import * as texts from "../texts.js";
import { Agents } from "./agents.js";
import { Alerts } from "./alerts.js";
import { Heartbeats } from "./heartbeats.js";
import { Pings } from "./pings.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

const words = texts.watch;
/** In which order the states are summed up. */
const STATES = ["dead", "down", "late", "new", "unknown", "up", "paused", "cancelled"];
/** Nobody tells of pulses: they are looked for so often. Deaths and recoveries are told by the journal, at once. */
const EVERY_MS = 5000;
const TICK_MS = 1000;

export class StatusList {
  every = EVERY_MS;
  kinds = ["entry"];
  #client;
  #store;
  #heartbeats;
  #pings;
  #alerts;
  #agents;
  #summary = element("span", { class: "note", role: "status" });
  #filter = element("input", {
    type: "search",
    placeholder: words.filter,
    "aria-label": words.filter,
    class: "search",
  });
  #states = element("select", { "aria-label": words.states });
  #failure = element("p", { role: "alert" });
  /** @type {string | null} Where the journal is told, once that is known. */
  #live = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;
  element;

  /**
   * @param {HalClient} client
   * @param {ViewStore} store
   * @param {() => void} reload
   */
  constructor(client, store, reload) {
    this.#client = client;
    this.#store = store;
    this.#heartbeats = new Heartbeats(
      client,
      async (method, href) => {
        await send(client, method, href);
        this.#failure.textContent = "";
        reload();
      },
      (error) => (this.#failure.textContent = texts.failure(error)),
    );
    this.#pings = new Pings(client);
    this.#alerts = new Alerts(client);
    this.#agents = new Agents(client);
    for (const [value, text] of words.stateOptions) this.#states.append(element("option", { value }, text));
    const parts = [this.#heartbeats, this.#pings, this.#alerts, this.#agents];
    this.element = element(
      "div",
      { class: "watch" },
      element("div", { class: "bar" }, element("h2", {}, words.title), this.#summary, this.#filter, this.#states),
      this.#failure,
      ...parts.map((part) => part.element),
    );
    this.#filter.addEventListener("input", () => store.change("search", { search: this.#filter.value }));
    this.#states.addEventListener("change", () => store.change("states", { states: this.#states.value }));
    store.subscribe((view, before) => {
      const isOther = view.search !== before.search || view.states !== before.states;
      if (view.page === "status" && before.page === "status" && isOther) this.#show();
    });
  }

  key() {
    return "status";
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const root = await this.#client.root(signal);
    const parts = [this.#heartbeats, this.#pings, this.#alerts, this.#agents];
    await Promise.all(parts.map((part) => part.load(root, signal)));
    this.#show();
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS);
    const journal = expanded(linkOf(root, "journal") ?? "", { limit: 1 });
    this.#live ??= linkOf(await this.#client.get(journal, signal), "live");
    return this.#live;
  }

  rest() {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  #show() {
    const { search, states } = this.#store.view;
    if (this.#filter.value !== search) this.#filter.value = search;
    this.#states.value = states;
    this.#heartbeats.show(this.#store.view);
    this.#pings.show(this.#store.view);
    this.#summarize();
    this.#tick();
  }

  #summarize() {
    const all = [this.#heartbeats.counts, this.#pings.counts];
    const parts = STATES.flatMap((state) => {
      const services = all.reduce((sum, counts) => sum + (counts.get(state) ?? 0), 0);
      return services > 0 ? [words.summary(services, texts.standings[state].word)] : [];
    });
    setText(this.#summary, parts.join(" · "));
  }

  #tick() {
    this.#heartbeats.tick(Date.now() + this.#client.clockOffset);
  }
}
