// When a running timeline will be done, and what is still to come.

import { element } from "../dom.js";
import * as texts from "../texts.js";
import { insteadOf, rowButton, secondsWords, shareBar } from "./parts.js";
import { Table } from "./table.js";

/** @typedef {import("../answers/types.js").Forecast} Forecast */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.forecast;

export class ForecastPane {
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
      { label: words.stage, cell: ({ stage }) => words.stages[stage] ?? stage, value: ({ stage }) => stage },
      {
        label: words.end,
        cell: ({ end }) => (end === null ? "" : new Date(end).toLocaleTimeString()),
        value: ({ end }) => end ?? "",
      },
      {
        label: words.usual,
        isNumber: true,
        cell: (step) => secondsWords(step.usual_p50_seconds),
        value: (step) => step.usual_p50_seconds,
      },
      {
        label: words.slow,
        isNumber: true,
        cell: (step) => secondsWords(step.usual_p90_seconds),
        value: (step) => step.usual_p90_seconds,
      },
    ]);
  }

  update() {
    const { forecast } = this.#parts.answers;
    const key = forecast.value ?? forecast.error ?? forecast;
    if (key === this.#shown) return;
    this.#shown = key;
    const instead = insteadOf(forecast);
    if (instead) this.element.replaceChildren(instead);
    else if (forecast.value) this.#show(forecast.value);
  }

  /** @param {Forecast} forecast */
  #show(forecast) {
    if (forecast.reason !== null)
      return this.element.replaceChildren(element("p", {}, words.reason(forecast.reason)));
    const { percent, left_p50_seconds: left, left_p90_seconds: most, end_p50: end } = forecast;
    const summary = element("p", { class: "summary" });
    if (percent !== null) summary.append(shareBar(percent / 100), words.percent(percent));
    if (left !== null) summary.append(words.left(secondsWords(left), secondsWords(most)));
    if (end !== null) summary.append(words.until(new Date(end).toLocaleTimeString()));
    this.#table.show(forecast.steps.filter(({ stage }) => stage !== "done"));
    const bar = element("div", { class: "bar" }, summary, element("p", {}, words.learned(forecast.runs)));
    this.element.replaceChildren(bar, this.#table.element);
  }
}
