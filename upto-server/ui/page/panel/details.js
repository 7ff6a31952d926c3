// All that is known of the row, or of the event, that was chosen.

import { turnOf } from "../answers/turn.js";
import { element } from "../dom.js";
import { linked } from "../links.js";
import { STATE_NAMES } from "../model/states.js";
import { utcTime } from "../model/instant.js";
import { eventFacts, factList, nodeFacts } from "../picture/facts.js";
import { besideOccurrence, occurrencesOf } from "../picture/occurrences.js";
import { answerFacts } from "../picture/answer-facts.js";
import * as texts from "../texts.js";
import { Descriptions } from "./descriptions.js";
import { compareWith, insteadOf, timelineButton } from "./parts.js";
import { sparkBars } from "./spark.js";
import { verdict } from "./history.js";

/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {import("../picture/facts.js").Fact} Fact */
/** @typedef {import("../picture/frame.js").Frame} Frame */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.details;
/** While something runs, it is told anew at most this often. */
const LEAST_MS = 500;
/** From so many characters, or lines, on a text is scrolled by itself. */
const LONG = 600;
const LONG_LINES = 12;
/** Nobody steps through more occurrences than these, and to put them in order takes its time. */
const MOST_STEPS = 5000;

export class DetailsPane {
  #parts;
  element = element("div", { class: "pane details" });
  #key = "";
  #drawnAt = -Infinity;
  /** @type {unknown} */
  #shownBeside = null;
  #about = element("div", { class: "about" });
  #beside = element("div", { class: "beside" });
  #descriptions;
  /** How far long texts are scrolled, by event and label. @type {Map<string, number>} */
  #scrolled = new Map();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#descriptions = new Descriptions(parts, () => this.update());
    this.element.append(this.#about, this.#beside);
  }

  update() {
    const frame = this.#parts.frame();
    if (!frame || frame.activeNode < 0) return this.#invite();
    const { model, activeNode, selected, baseline, steps } = frame;
    const { rowHistory } = this.#parts.answers;
    const key = `${activeNode} ${selected} ${model.version} ${baseline !== null} ${steps.size}`;
    const isLive = model.tree.open[activeNode] > 0 && performance.now() - this.#drawnAt > LEAST_MS;
    if (key !== this.#key || isLive) this.#showAbout(frame, key);
    this.#showBeside(rowHistory);
  }

  #invite() {
    if (this.#key === "none") return;
    this.#key = "none";
    this.#about.replaceChildren(element("p", {}, words.nothing));
    this.#beside.replaceChildren();
    this.#shownBeside = null;
  }

  /**
   * @param {Frame} frame
   * @param {string} key
   */
  #showAbout(frame, key) {
    this.#key = key;
    this.#drawnAt = performance.now();
    const { model, activeNode: node, now } = frame;
    const event = shownEvent(frame);
    const facts =
      event < 0 ? nodeFacts(model, node, now) : [...eventFacts(model, event, now), ...utcFacts(model, event)];
    const raw = event < 0 ? [] : [rawJson(model, event)];
    const { by } = document.activeElement instanceof HTMLElement ? document.activeElement.dataset : {};
    this.#about.replaceChildren(
      element("h2", {}, element("bdi", {}, model.tree.name[node])),
      ...this.#steps(frame),
      factList([...facts, ...answerFacts(frame, node)], (text, label) => this.#value(text, label, event)),
      ...(event >= 0 && this.#descriptions.want(model, event) ? [fetchingNote()] : []),
      ...raw,
    );
    // Whoever steps on by keyboard stays on the button.
    const again = by && this.#about.querySelector(`[data-by="${by}"]`);
    if (again instanceof HTMLElement) again.focus();
  }

  /**
   * Ways from one occurrence of the row to another one, where it has several.
   * @param {Frame} frame
   */
  #steps({ model, activeNode: node }) {
    const { store } = this.#parts;
    if (model.tree.own[node] > MOST_STEPS) return [];
    const occurrences = occurrencesOf(model, node);
    if (occurrences.length < 2) return [];
    const chosen = store.view.id;
    const at = occurrences.findIndex(({ id }) => id === chosen);
    const [before, next] = /** @type {const} */ ([-1, 1]).map((by) => {
      const id = besideOccurrence(occurrences, chosen, by);
      const button = element("button", { type: "button", "data-by": String(by) }, by < 0 ? words.before : words.next);
      button.disabled = id === null;
      button.addEventListener("click", () => store.change("row", { id }));
      return button;
    });
    return [element("p", { class: "steps" }, before, words.occurrence(at + 1, occurrences.length), next)];
  }

  /**
   * All of a text. Of a long one the end is seen first: there programs say why they failed.
   * @param {string} text
   * @param {string} label
   * @param {number} event
   */
  #value(text, label, event) {
    const value = element("dd", {}, linked(text));
    if (text.length < LONG && text.split("\n", LONG_LINES).length < LONG_LINES) return value;
    const attributes = { class: "long", tabindex: "0", role: "region", "aria-label": label };
    const scroller = element("div", attributes, ...value.childNodes);
    const key = `${event} ${label}`;
    // Told anew while something runs, it stays where it was scrolled to.
    requestAnimationFrame(() => (scroller.scrollTop = this.#scrolled.get(key) ?? scroller.scrollHeight));
    scroller.addEventListener("scroll", () => this.#scrolled.set(key, scroller.scrollTop));
    value.append(scroller);
    return value;
  }

  /** @param {Parts["answers"]["rowHistory"]} slot */
  #showBeside(slot) {
    const shown = slot.value ?? slot.error ?? slot;
    if (this.#shownBeside === shown) return;
    this.#shownBeside = shown;
    const title = element("h3", {}, words.history);
    if (!slot.value) return this.#beside.replaceChildren(title, insteadOf(slot) ?? "");
    const { session } = this.#parts;
    const spark = sparkBars(
      slot.value,
      session.timeline?.name ?? null,
      (timeline) => timelineButton(this.#parts, timeline).click(),
      (timeline) => compareWith(this.#parts, timeline),
    );
    this.#beside.replaceChildren(title, spark, verdict(slot.value), this.#since(slot.value));
  }

  /** Since which timeline it takes another time. @param {import("../answers/types.js").History} history */
  #since(history) {
    const turn = turnOf(history);
    if (!turn) return "";
    return element("p", {}, words.since, timelineButton(this.#parts, turn.timeline));
  }
}

function fetchingNote() {
  return element("p", { class: "note", role: "status" }, words.fetching);
}

/**
 * The event that was chosen, or the only one of the row; -1 for neither.
 * @param {Frame} frame
 */
function shownEvent({ model, activeNode, selected }) {
  if (selected >= 0) return selected;
  return model.tree.own[activeNode] === 1 ? (model.tree.lanes[activeNode]?.lanes[0]?.[0] ?? -1) : -1;
}

/**
 * @param {TimelineModel} model
 * @param {number} event
 * @returns {Fact[]}
 */
function utcFacts({ events, base }, event) {
  /** @type {Fact[]} */
  const facts = [];
  if (!Number.isNaN(events.start[event])) facts.push([words.startUtc, utcTime(events.start[event], base)]);
  if (!Number.isNaN(events.end[event])) facts.push([words.endUtc, utcTime(events.end[event], base)]);
  return facts;
}

/**
 * @param {TimelineModel} model
 * @param {number} event
 */
function rawJson(model, event) {
  const { events, hosts, base } = model;
  const at = (/** @type {number} */ time) => (Number.isNaN(time) ? null : utcTime(time, base));
  const raw = {
    name: model.nameOf(events.node[event]),
    host: hosts[events.host[event]],
    id: events.idOf(event),
    start: at(events.start[event]),
    end: at(events.end[event]),
    state: STATE_NAMES[events.state[event]],
    ...events.details.get(event),
  };
  const text = element("pre", { tabindex: "0" }, JSON.stringify(raw, null, 2));
  return element("details", {}, element("summary", {}, words.raw), text);
}
