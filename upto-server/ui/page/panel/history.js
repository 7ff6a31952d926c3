// How long all of it, or a row of it, took in earlier timelines: as a chart and as a table.

import { turnOf } from "../answers/turn.js";
import { element } from "../dom.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { HistoryChart } from "./history-chart.js";
import { compareWith, insteadOf, secondsWords, timelineButton } from "./parts.js";
import { Table } from "./table.js";

/** @typedef {import("../answers/types.js").History} History */
/** @typedef {import("../answers/types.js").Run} Run */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.history;
const NAME_LIMIT = 200;

export class HistoryPane {
  #parts;
  element = element("div", { class: "pane history" });
  /** @type {unknown} */
  #shown = null;
  #chart;
  #table;
  #ofRow = element("input", { type: "checkbox" });
  #wantsAll = false;
  /** @type {string | null} */
  #turn = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#chart = new HistoryChart((timeline, compares) =>
      compares ? compareWith(parts, timeline) : timelineButton(parts, timeline).click(),
    );
    this.#table = new Table(texts.earlier.title, [
      {
        label: words.timeline,
        cell: ({ timeline }) => timelineButton(parts, timeline),
        value: ({ timeline }) => timeline,
      },
      { label: words.state, cell: (run) => stateWord(run), value: ({ state }) => state },
      {
        label: words.start,
        cell: ({ start }) => (start === null ? "" : new Date(start).toLocaleString()),
        value: ({ start }) => start ?? "",
      },
      {
        label: words.took,
        isNumber: true,
        cell: (run) => secondsWords(run.duration_seconds),
        value: (run) => run.duration_seconds ?? 0,
      },
      { label: words.note, cell: (run) => this.#noteOf(run), value: (run) => this.#noteOf(run) },
      { label: words.compare, cell: (run) => this.#compareButton(run), value: () => "" },
    ]);
    this.#ofRow.addEventListener("change", () => {
      this.#wantsAll = !this.#ofRow.checked;
      this.update();
    });
  }

  get #slot() {
    const { answers, store } = this.#parts;
    return store.view.row === null || this.#wantsAll ? answers.history : answers.rowHistory;
  }

  /** @param {Run} run */
  #compareButton({ timeline }) {
    if (timeline === this.#parts.session.timeline?.name) return "";
    const label = `${words.compareWith}: ${clip(timeline, NAME_LIMIT)}`;
    const button = element("button", { type: "button", class: "link", "aria-label": label }, words.compareWith);
    button.addEventListener("click", () => compareWith(this.#parts, timeline));
    return button;
  }

  /** @param {Run} run */
  #noteOf({ timeline }) {
    const change = this.#slot.value?.changes.find((each) => each.timeline === timeline);
    if (!change) return this.#turn === timeline ? words.turned : "";
    return words.changed(
      secondsWords(change.before_median_seconds),
      secondsWords(change.after_median_seconds),
    );
  }

  update() {
    const slot = this.#slot;
    const key = slot.value ?? slot.error ?? slot;
    this.#ofRow.checked = !this.#wantsAll;
    if (key === this.#shown) return this.#chart.fit();
    this.#shown = key;
    const instead = insteadOf(slot);
    if (instead) this.element.replaceChildren(this.#choice(), instead);
    else if (slot.value) this.#show(slot.value);
  }

  /** Whether it is about the row that was chosen, or about all of it. */
  #choice() {
    const { row } = this.#parts.store.view;
    if (row === null) return element("span", {}, words.ofAll);
    return element("label", {}, this.#ofRow, words.ofRow, element("bdi", {}, row.slice(0, 200)));
  }

  /** @param {History} history */
  #show(history) {
    this.#turn = turnOf(history)?.timeline ?? null;
    this.#table.show(history.runs.slice().reverse());
    this.element.replaceChildren(
      element("div", { class: "bar" }, this.#choice(), verdict(history), this.#table.copyButton()),
      this.#chart.element,
      this.#table.element,
    );
    this.#chart.show(history);
  }
}

/** @param {Run} run */
function stateWord({ state }) {
  const known = texts.states[/** @type {keyof typeof texts.states} */ (state)];
  return known ? `${known.symbol} ${known.word}` : state;
}

/**
 * What is to be said of the last run that has ended.
 * @param {History} history
 */
export function verdict(history) {
  const { judged } = history;
  if (!judged) return element("p", { class: "verdict" }, words.verdicts.unknown);
  const { verdict: kind, median_seconds: median, p90_seconds: p90, compared_with: runs } = judged;
  // By what rule is for those who ask.
  const line = element("p", { class: `verdict ${kind}`, title: judged.reason });
  line.append(element("strong", {}, words.verdicts[kind] ?? kind));
  if (kind !== "unknown" && median !== null)
    line.append(words.usually(secondsWords(median), secondsWords(p90), runs));
  const turn = turnOf(history);
  if (turn) {
    line.append(element("strong", {}, texts.turned(turn)));
    line.append(words.became(secondsWords(turn.was), secondsWords(turn.is)));
  }
  return line;
}
