// Who is still to be told of what, and who could not be.

import { embeddedIn, linkOf } from "../api/hal.js";
import { element, setText } from "../dom.js";
import { ago, count } from "../format.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { nameText, standingBadge } from "./parts.js";
import { Section } from "./section.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("./types.js").Alert} Alert */

const words = texts.watch;
const PAGE_SIZE = 1000;
/** Those that were sent are passed over: so many are looked at. */
const MOST = 5000;
const SHOWN = 200;
const TEXT_LIMIT = 300;

export class Alerts {
  #client;
  #section = new Section(words.alerts, words.alertHeadings, alertRow);

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
    return this.#section.load(() => this.#fetch(linkOf(root, "alerts") ?? "", signal));
  }

  /**
   * @param {string} href
   * @param {AbortSignal} signal
   */
  async #fetch(href, signal) {
    /** @type {Alert[]} */
    const undone = [];
    let seen = 0;
    for await (const page of this.#client.pages(href, PAGE_SIZE, signal)) {
      /** @type {Alert[]} */
      const alerts = embeddedIn(page);
      undone.push(...alerts.filter(({ state }) => state === "waiting" || state === "given-up"));
      seen += alerts.length;
      if (seen >= MOST) break;
    }
    undone.sort((left, right) => (left.time < right.time ? 1 : -1));
    const note = undone.length > SHOWN ? words.most(SHOWN) : "";
    this.#section.show(
      undone.slice(0, SHOWN).map((alert) => [alert.id, alert]),
      note,
      words.noAlerts,
    );
  }
}

/** @returns {import("./rows.js").Row<Alert>} */
function alertRow() {
  const cells = Array.from({ length: 7 }, () => element("td", {}));
  const [state, title, about, to, since, tries, problem] = cells;
  const update = (/** @type {Alert} */ alert) => {
    state.replaceChildren(standingBadge(alert.state));
    setText(title, clip(alert.title, TEXT_LIMIT));
    about.replaceChildren(nameText(alert.subject));
    setText(to, clip(`${alert.target_type} ${alert.target}`, TEXT_LIMIT));
    setText(since, ago(Date.parse(alert.time), Date.now()));
    setText(tries, count(alert.attempts));
    setText(problem, clip(alert.problem ?? "", TEXT_LIMIT));
  };
  return { element: element("tr", {}, ...cells), update };
}
