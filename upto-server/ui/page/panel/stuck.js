// What should have ended by now.

import { element } from "../dom.js";
import * as texts from "../texts.js";
import { insteadOf, rowButton, secondsWords } from "./parts.js";
import { Table } from "./table.js";

/** @typedef {import("../answers/types.js").StuckEvent} StuckEvent */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.stuck;

/** @param {import("../answers/types.js").ApiEvent} event */
function idIn({ id }) {
  return String(id) === "0" ? null : String(id);
}

export class StuckPane {
  #parts;
  element = element("div", { class: "pane" });
  /** @type {unknown} */
  #shown = null;
  #table;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#table = new Table(words.title, [
      {
        label: words.name,
        cell: ({ event }) => rowButton(parts, event.name, event.host, idIn(event)),
        value: ({ event }) => event.name,
      },
      {
        label: words.host,
        cell: ({ event }) => element("bdi", {}, event.host ?? ""),
        value: ({ event }) => event.host ?? "",
      },
      {
        label: words.open,
        isNumber: true,
        cell: (row) => secondsWords(row.open_seconds),
        value: (row) => row.open_seconds,
      },
      {
        label: words.limit,
        isNumber: true,
        cell: (row) => secondsWords(row.limit_seconds),
        value: (row) => row.limit_seconds,
      },
    ]);
  }

  update() {
    const { stuck } = this.#parts.answers;
    const key = stuck.value ?? stuck.error ?? stuck;
    if (key === this.#shown) return;
    this.#shown = key;
    const instead = insteadOf(stuck);
    if (instead || !stuck.value) return this.element.replaceChildren(instead ?? "");
    const events = stuck.value.timelines.flatMap((timeline) => timeline.events);
    this.#table.show(events);
    const intro = element("p", {}, events.length > 0 ? words.intro : words.nothing);
    this.element.replaceChildren(intro, ...(events.length > 0 ? [this.#table.element] : []));
  }
}
