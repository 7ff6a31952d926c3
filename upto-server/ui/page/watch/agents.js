// The agents, and how far they are behind.

import { itemsOf, linkOf } from "../api/hal.js";
import { element, setText } from "../dom.js";
import { exampleOf } from "../example.js";
import { ago, bytes, count, wholeSeconds } from "../format.js";
import { BEHIND } from "../header/behind.js";
import * as texts from "../texts.js";
import { nameText } from "./parts.js";
import { Section } from "./section.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("./types.js").Agent} Agent */

const words = texts.watch;

export class Agents {
  #client;
  #section = new Section(words.agents, words.agentHeadings, agentRow);

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
      const list = itemsOf(await this.#client.get(linkOf(root, "agents") ?? "", signal));
      const agents = list.map(({ resource }) => /** @type {Resource & Agent} */ (resource));
      agents.sort((left, right) => right.lag_seconds - left.lag_seconds || (left.name < right.name ? -1 : 1));
      this.#section.show(
        agents.map((agent) => [agent.id, agent]),
        "",
        words.noAgents,
        [exampleOf(words.anAgent(location.origin))],
      );
    });
  }
}

/** @returns {import("./rows.js").Row<Agent>} */
function agentRow() {
  const name = element("th", { scope: "row" });
  const [way, heard, waits, behind, lost, refused] = Array.from({ length: 6 }, () => element("td", {}));
  const update = (/** @type {Agent} */ agent) => {
    const { backlog, lag_seconds: lag } = agent;
    name.replaceChildren(nameText(agent.name));
    setText(way, agent.way);
    setText(heard, ago(Date.parse(agent.last_seen), Date.now()));
    setText(waits, words.waits(backlog.messages, bytes(backlog.bytes)));
    setText(behind, wholeSeconds(lag * 1000));
    behind.className = lag >= BEHIND ? "worse" : "";
    setText(lost, count(agent.lost));
    setText(refused, count(agent.refused));
  };
  return { element: element("tr", {}, name, way, heard, waits, behind, lost, refused), update };
}
