// The way to the other pages, and out.

import { element, setAttribute } from "../dom.js";
import { EVERYTHING, formatView, PAGES } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Pages {
  #session;
  #store;
  #client;
  #links = PAGES.map((page) => element("a", { href: `#page=${page}` }, texts.header[page]));
  element = element("nav", { "aria-label": texts.header.pages }, ...this.#links);
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
    PAGES.forEach((each, at) => setAttribute(this.#links[at], "aria-current", page === each ? "page" : null));
    const timelines = this.#links[PAGES.indexOf("timelines")];
    timelines.hidden = context === null;
    timelines.href = `#${formatView({ ...EVERYTHING, page: "timelines", context })}`;
    this.logout.hidden = !this.#client.hasLogin;
  }

  async #leave() {
    const sent = import("../api/send.js").then(({ send }) => send(this.#client, "POST", "logout"));
    await sent.catch(() => null);
    location.assign("login");
  }
}
