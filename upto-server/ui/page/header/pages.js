// The way to the other pages, and out.

import { element, setAttribute } from "../dom.js";
import { EVERYTHING, formatView } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Pages {
  #session;
  #store;
  #client;
  #contexts = element("a", { href: "#page=contexts" }, texts.header.contexts);
  #timelines = element("a", {}, texts.header.timelines);
  #status = element("a", { href: "#page=status" }, texts.header.status);
  #journal = element("a", { href: "#page=journal" }, texts.header.journal);
  #fleet = element("a", { href: "#page=fleet" }, texts.header.fleet);
  #clusters = element("a", { href: "#page=clusters" }, texts.header.clusters);
  element = element(
    "nav",
    { "aria-label": texts.header.pages },
    this.#contexts,
    this.#timelines,
    this.#status,
    this.#journal,
    this.#fleet,
    this.#clusters,
  );
  /** Shown where one has to be logged in. */
  logout = element("button", { type: "button", class: "logout", hidden: "" }, texts.header.logout);

  /**
   * @param {HalClient} client
   * @param {Session} session
   * @param {ViewStore} store
   */
  constructor(client, session, store) {
    this.#client = client;
    this.#session = session;
    this.#store = store;
    this.logout.addEventListener("click", () => this.#leave());
    session.subscribe(() => this.#update());
    store.subscribe(() => this.#update());
    this.#update();
  }

  #update() {
    const { page, context: chosen } = this.#store.view;
    const context = this.#session.context?.name ?? chosen;
    this.#timelines.hidden = context === null;
    this.#timelines.href = `#${formatView({ ...EVERYTHING, page: "timelines", context })}`;
    setAttribute(this.#contexts, "aria-current", page === "contexts" ? "page" : null);
    setAttribute(this.#timelines, "aria-current", page === "timelines" ? "page" : null);
    setAttribute(this.#status, "aria-current", page === "status" ? "page" : null);
    setAttribute(this.#journal, "aria-current", page === "journal" ? "page" : null);
    setAttribute(this.#fleet, "aria-current", page === "fleet" ? "page" : null);
    setAttribute(this.#clusters, "aria-current", page === "clusters" ? "page" : null);
    this.logout.hidden = !this.#client.hasLogin;
  }

  async #leave() {
    await this.#client.send("POST", "logout").catch(() => null);
    location.assign("login");
  }
}
