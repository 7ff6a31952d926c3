// The line at the top of the page.

import { element } from "../dom.js";
import * as texts from "../texts.js";
import { FilterBox } from "./filter.js";
import { Pickers } from "./pickers.js";
import { Status } from "./status.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../clock.js").Clock} Clock */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Header {
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
    const product = element("h1", {}, element("a", { href: "#" }, texts.page.name));
    root.append(
      product,
      pickers.contexts.element,
      pickers.timelines.element,
      status.element,
      status.connection,
      this.filter.element,
      help,
    );
    session.subscribe(() => this.#name(session));
  }

  /** Names the window after what it shows. @param {Session} session */
  #name({ context, timeline }) {
    const parts = [
      timeline && `${texts.states[timeline.state]?.symbol ?? ""} ${timeline.name}`,
      context?.name,
    ];
    const title = texts.page.title(...parts.filter((part) => typeof part === "string"));
    if (document.title !== title) document.title = title;
  }
}
