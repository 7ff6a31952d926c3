// What is known of an event or of a row, as labels and texts: for the tooltip and for the panel below the picture.

import { element } from "../dom.js";
import { exactSeconds } from "../format.js";
import { State } from "../model/states.js";
import { localTime } from "../model/instant.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";
import { durationOf, durationWords, hostWords, stateWords } from "./words.js";

/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */
/** @typedef {[label: string, text: string]} Fact */

const words = texts.tooltip;
const LABEL_LIMIT = 60;
/** What a tooltip has room for; whoever wants all of it chooses the event. */
const TOOLTIP_TEXT = 600;
const TOOLTIP_FACTS = 32;

/**
 * An instant: where the picture has it, and what the clock on the wall said.
 * @param {TimelineModel} model
 * @param {number} time
 */
function instantWords(model, time) {
  return `${words.since(exactSeconds(time - model.first))}   ${localTime(time, model.base)}`;
}

/** @param {unknown} value */
function attributeText(value) {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/**
 * @param {Record<string, unknown> | undefined} attributes
 * @returns {Fact[]}
 */
function attributeFacts(attributes) {
  return Object.entries(attributes ?? {}).map(([key, value]) => [key, attributeText(value)]);
}

/**
 * @param {TimelineModel} model
 * @param {number} event
 * @param {number} now
 * @returns {Fact[]}
 */
function timeFacts(model, event, now) {
  const start = model.events.start[event];
  const end = model.events.end[event];
  if (model.events.state[event] === State.point) return [[words.start, instantWords(model, start)]];
  /** @type {Fact[]} */
  const facts = [
    [words.start, Number.isNaN(start) ? texts.unknown : instantWords(model, start)],
    [words.end, Number.isNaN(end) ? words.stillRunning : instantWords(model, end)],
  ];
  const took = model.events.until(event, now) - start;
  if (Number.isNaN(end)) facts.push([words.duration, durationOf(took, true)]);
  else if (!Number.isNaN(took))
    facts.push([words.duration, `${durationOf(took, false)}   (${exactSeconds(took)})`]);
  return facts;
}

/**
 * @param {TimelineModel} model
 * @param {number} event
 * @param {number} now
 * @returns {Fact[]}
 */
export function eventFacts(model, event, now) {
  const { events, hosts } = model;
  const { message, attributes, truncated } = events.details.get(event) ?? {};
  const id = events.idOf(event);
  const state = stateWords(events.state[event]);
  /** @type {Fact[]} */
  const facts = [[words.state, `${state.symbol} ${state.word}`]];
  if (message !== undefined) facts.push([words.message, message]);
  if (truncated) facts.push([words.truncated, words.leftOut]);
  if (events.host[event] >= 0) facts.push([words.host, hosts[events.host[event]]]);
  if (id !== "0") facts.push([words.id, id]);
  return [...facts, ...timeFacts(model, event, now), ...attributeFacts(attributes)];
}

/**
 * A row: its only event, or what its events have in common.
 * @param {TimelineModel} model
 * @param {number} node
 * @param {number} now
 * @returns {Fact[]}
 */
export function nodeFacts(model, node, now) {
  const only = model.tree.own[node] === 1 ? model.tree.lanes[node]?.lanes[0][0] : undefined;
  const facts = only === undefined ? sharedFacts(model, node, now) : eventFacts(model, only, now);
  const isParent = model.tree.children[node].length > 0;
  return isParent ? [...facts, ...belowFacts(model, node)] : facts;
}

/**
 * @param {TimelineModel} model
 * @param {number} node
 * @param {number} now
 * @returns {Fact[]}
 */
function sharedFacts(model, node, now) {
  const { tree } = model;
  const isRunning = tree.open[node] > 0;
  /** @type {Fact[]} */
  const facts = [[words.occurrences, words.occurrencesOf(tree.own[node])]];
  if (hostWords(model, node) !== "") facts.push([words.hosts, hostsList(model, node)]);
  facts.push([words.first, instantWords(model, tree.first[node])]);
  facts.push([words.last, isRunning ? words.stillRunning : instantWords(model, tree.last[node])]);
  if (tree.ownTimed[node] > 0) facts.push([words.total, durationWords(model, node, now)]);
  facts.push([words.span, durationOf(tree.until(node, now) - tree.first[node], isRunning)]);
  return facts;
}

/**
 * @param {TimelineModel} model
 * @param {number} node
 * @returns {Fact[]}
 */
function belowFacts({ tree }, node) {
  const below = [];
  if (tree.open[node] > 0) below.push(words.open(tree.open[node]));
  if (tree.failed[node] > 0) below.push(words.failed(tree.failed[node]));
  if (tree.unknown[node] > 0) below.push(texts.header.unknownStarts(tree.unknown[node]));
  return below.length > 0 ? [[words.below, below.join(", ")]] : [];
}

/**
 * @param {TimelineModel} model
 * @param {number} node
 */
function hostsList(model, node) {
  const hosts = model.hostsOf(node);
  const list = typeof hosts === "number" ? [hosts] : [...hosts];
  return list.map((host) => model.hosts[host]).join(", ");
}

/**
 * The first of them, as far as a tooltip has room.
 * @param {Fact[]} facts
 * @param {Fact[]} last What is told in any case.
 */
export function shortFacts(facts, last) {
  const left = facts.length - TOOLTIP_FACTS;
  /** @type {Fact[]} */
  const more = left > 0 ? [["…", words.more(left)]] : [];
  return factList([...facts.slice(0, TOOLTIP_FACTS), ...more, ...last], (text) =>
    element("dd", {}, element("bdi", {}, clip(text, TOOLTIP_TEXT))),
  );
}

/**
 * @param {Fact[]} facts
 * @param {(text: string, label: string) => HTMLElement} valueOf What stands beside a label.
 */
export function factList(facts, valueOf) {
  const list = element("dl", {});
  for (const [label, text] of facts) {
    const term = element("dt", {}, element("bdi", {}, clip(label, LABEL_LIMIT)));
    if (label.length > LABEL_LIMIT) term.title = label;
    list.append(term, valueOf(text, label));
  }
  return list;
}
