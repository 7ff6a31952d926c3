// What the answers say, as the picture draws it. Each is made once for an answer and kept.

import { instantOf } from "../model/instant.js";
import { plan } from "../model/plan.js";
import { ANSWER_LAYER } from "../picture/answer-layer.js";
import { changeIn } from "../picture/baseline.js";
import { RowSpans } from "../picture/row-spans.js";

/** @typedef {import("../model/rows.js").Rows} Rows */
/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../picture/row-spans.js").NamedSpan} NamedSpan */
/** @typedef {import("./answers.js").Answers} Answers */
/** @typedef {import("./types.js").CriticalPath} CriticalPath */
/** @typedef {import("./types.js").Forecast} Forecast */

/** @type {Map<string, number>} */
const NOTHING_USUAL = new Map();
/** @type {Map<string, {slack: number, drag: number}>} */
const NO_STEPS = new Map();
/** @type {readonly NamedSpan[]} */
const NO_SPANS = [];

/**
 * Makes something of a value, once for as long as the value and the model stay the same.
 * @template V, T
 * @param {(value: V, model: TimelineModel) => T} make
 * @returns {(value: V, model: TimelineModel) => T}
 */
function once(make) {
  /** @type {{value: V, model: TimelineModel, made: T} | null} */
  let kept = null;
  return (value, model) => {
    if (kept?.value !== value || kept.model !== model) kept = { value, model, made: make(value, model) };
    return kept.made;
  };
}

/**
 * @param {CriticalPath} path
 * @param {TimelineModel} model
 * @returns {NamedSpan[]}
 */
function sectionsOf(path, { base }) {
  const spans = [];
  for (const { event, from, to } of path.sections) {
    if (!event) continue;
    spans.push({ name: event.name, host: event.host, from: instantOf(from, base), to: instantOf(to, base) });
  }
  return spans;
}

/**
 * What is still to come, and how long what runs will go on.
 * @param {Forecast} forecast
 * @param {TimelineModel} model
 * @returns {NamedSpan[]}
 */
function expectedOf(forecast, { base }) {
  const spans = [];
  for (const { name, stage, begin, end } of forecast.steps) {
    const isAhead = stage === "running" || stage === "to_come";
    // Of what is behind something that runs for longer than ever, nobody knows when it will be.
    if (isAhead && begin !== null && end !== null)
      spans.push({ name, from: instantOf(begin, base), to: instantOf(end, base) });
  }
  return spans;
}

/** @param {Forecast} forecast */
function usualOf({ steps }) {
  return new Map(steps.map(({ name, usual_p50_seconds: seconds }) => [name, seconds * 1e9]));
}

/**
 * The most of each name, on the path and beside it.
 * @param {CriticalPath} path
 */
function stepsOf({ steps, beside }) {
  /** @type {Map<string, {slack: number, drag: number}>} */
  const byName = new Map(beside.map(({ name, slack_seconds: slack }) => [name, { slack, drag: 0 }]));
  for (const { event, slack_seconds: slack, drag_seconds: drag } of steps) {
    const known = byName.get(event.name);
    if (!known || drag > known.drag) byName.set(event.name, { slack, drag });
  }
  return byName;
}

export class Overlays {
  #answers;
  #sections = once(sectionsOf);
  #expected = once(expectedOf);
  #usual = once(usualOf);
  #steps = once(stepsOf);
  #path = new RowSpans();
  #ghosts = new RowSpans();
  /** @type {Forecast | null} */
  #planned = null;
  /** @type {TimelineModel | null} */
  #plannedIn = null;

  /** @param {Answers} answers */
  constructor(answers) {
    this.#answers = answers;
  }

  /**
   * Makes the rows that are expected; before rows are laid out.
   * @param {TimelineModel} model
   */
  plan(model) {
    const forecast = this.#answers.forecast.value;
    if (!forecast || Number.isNaN(model.base)) return;
    if (this.#planned === forecast && this.#plannedIn === model) return;
    this.#planned = forecast;
    this.#plannedIn = model;
    model.planned = forecast.end_p90 === null ? -Infinity : instantOf(forecast.end_p90, model.base);
    if (model.grouping === "name")
      plan(
        model,
        this.#expected(forecast, model).map(({ name, from }) => ({ name, begin: from })),
      );
  }

  /**
   * @param {TimelineModel} model
   * @param {Rows} rows
   * @param {{path: boolean, byRow: boolean, stacked: boolean}} view
   */
  of(model, rows, { path: isPathShown, byRow, stacked: isStacked }) {
    const { path, forecast } = this.#answers;
    const baseline = this.baselineOf(model);
    const sections = path.value && isPathShown ? this.#sections(path.value, model) : NO_SPANS;
    const expected = forecast.value ? this.#expected(forecast.value, model) : NO_SPANS;
    return {
      path: this.#path.of(model, rows, sections),
      ghosts: this.#ghosts.of(model, rows, expected),
      steps: path.value ? this.#steps(path.value, model) : NO_STEPS,
      usual: forecast.value ? this.#usual(forecast.value, model) : NOTHING_USUAL,
      baseline: baseline ? { model: baseline, byRow, isStacked, changeIn } : null,
      layer: ANSWER_LAYER,
    };
  }

  /**
   * The timeline that this one is compared with; null without one, or while it is grouped otherwise.
   * @param {TimelineModel} model
   */
  baselineOf({ grouping }) {
    const { value } = this.#answers.baseline;
    return value && value.tree.length > 0 && value.grouping === grouping ? value : null;
  }
}
