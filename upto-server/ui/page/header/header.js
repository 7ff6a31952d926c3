// The line at the top of the page.

import { element } from "../dom.js";
import * as texts from "../texts.js";
import { Behind } from "./behind.js";
import { FilterBox } from "./filter.js";
import { Pages } from "./pages.js";
import { Pickers } from "./pickers.js";
import { Status } from "./status.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../clock.js").Clock} Clock */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Header {
  /** Filled when there is something to judge by. */
  verdict = element("button", { type: "button", class: "verdict-chip", hidden: "" });

  /**
   * @param {HTMLElement} root
   * @param {{client: HalClient, session: Session, store: ViewStore, clock: Clock}} parts
   * @param {() => void} onHelp
   */
  constructor(root, { client, session, store, clock }, onHelp) {
    const pickers = new Pickers(client, session, store);
    const status = new Status(session, clock, store);
    this.filter = new FilterBox(store);
    const help = element(
      "button",
      { type: "button", class: "help", title: texts.header.help, "aria-label": texts.header.help },
      "?",
    );
    help.addEventListener("click", onHelp);
    const product = element("h1", {}, element("a", { href: "#page=contexts" }, texts.page.name));
    const pages = new Pages(client, session, store);
    root.append(
      product,
      pages.element,
      pickers.contexts.element,
      pickers.timelines.element,
      status.element,
      this.verdict,
      status.connection,
      this.filter.element,
      pages.logout,
      help,
    );
    const ofTimeline = [pickers.contexts.element, pickers.timelines.element, this.filter.element];
    const update = () => {
      ofTimeline.forEach((part) => (part.hidden = store.view.page !== "timeline"));
      this.#name(session, store.view);
    };
    store.subscribe(update);
    update();
    session.subscribe(update);
    status.behind.append(new Behind(client, session).element);
  }

  /**
   * Names the window after what it shows.
   * @param {Session} session
   * @param {import("../state/view.js").View} view
   */
  #name({ context, timeline }, { page, context: chosen }) {
    const parts =
      page === "timeline"
        ? [timeline && `${texts.states[timeline.state]?.symbol ?? ""} ${timeline.name}`, context?.name]
        : [texts.header[page], page === "timelines" && chosen];
    const title = texts.page.title(parts);
    if (document.title !== title) document.title = title;
  }
}
