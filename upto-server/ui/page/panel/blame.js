// Which rows the time went to.

import { element } from "../dom.js";
import { count } from "../format.js";
import * as texts from "../texts.js";
import { insteadOf, leftOutNote, percentWords, rowButton, secondsWords, shareBar } from "./parts.js";
import { Table } from "./table.js";

/** @typedef {import("../answers/types.js").Blame} Blame */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.blame;

export class BlamePane {
  #parts;
  element = element("div", { class: "pane" });
  /** @type {unknown} */
  #shown = null;
  #table;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#table = new Table(words.title, [
      { label: words.name, cell: ({ name }) => rowButton(parts, name), value: ({ name }) => name },
      {
        label: words.share,
        isNumber: true,
        cell: ({ self_share: share }) =>
          element("span", { class: "shared" }, shareBar(share), percentWords(share)),
        value: ({ self_share: share }) => share,
      },
      {
        label: words.self,
        isNumber: true,
        cell: (row) => secondsWords(row.self_seconds),
        value: (row) => row.self_seconds,
      },
      {
        label: words.total,
        isNumber: true,
        cell: (row) => secondsWords(row.total_seconds),
        value: (row) => row.total_seconds,
      },
      {
        label: words.drag,
        isNumber: true,
        cell: (row) => secondsWords(row.drag_seconds),
        value: (row) => row.drag_seconds,
      },
      {
        label: words.events,
        isNumber: true,
        cell: ({ events }) => count(events),
        value: ({ events }) => events,
      },
    ]);
  }

  update() {
    const { blame } = this.#parts.answers;
    const key = blame.value ?? blame.error ?? blame;
    if (key === this.#shown) return;
    this.#shown = key;
    const instead = insteadOf(blame);
    if (instead) this.element.replaceChildren(instead);
    else if (blame.value) this.#show(blame.value);
  }

  /** @param {Blame} blame */
  #show({ slowest, others, idle_seconds: idle, duration_seconds: all, left_out: leftOut }) {
    const footer = [];
    if (others.count > 0)
      footer.push([
        words.others(others.count),
        percentWords(others.self_share),
        secondsWords(others.self_seconds),
      ]);
    if (idle > 0 && all) footer.push([words.idle, percentWords(idle / all), secondsWords(idle)]);
    if (all !== null) footer.push([words.sum, percentWords(1), secondsWords(all)]);
    this.#table.show(slowest, footer);
    this.element.replaceChildren(
      element("div", { class: "bar" }, element("p", {}, words.intro), this.#table.copyButton()),
      this.#table.element,
      ...leftOutNote(leftOut),
    );
  }
}
