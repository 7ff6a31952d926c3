// What the picture shows, as a table: for those who do not see it, and for copying.

import { element } from "../dom.js";
import { STATE_NAMES } from "../model/states.js";
import { localTime } from "../model/instant.js";
import { exactSeconds } from "../format.js";
import * as texts from "../texts.js";
import { rowButton, secondsWords } from "./parts.js";
import { Table } from "./table.js";

/** @typedef {import("../picture/frame.js").Frame} Frame */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.events;
/** More than this nobody reads. */
const SHOWN = 500;

/** @typedef {{name: string, host: string, id: string | null, state: string, start: string, seconds: number | null}} EventRow */

export class EventsPane {
  #parts;
  element = element("div", { class: "pane" });
  #key = "";
  #note = element("p", { role: "status" });
  #table;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#table = new Table(words.title, [
      {
        label: words.name,
        cell: ({ name, host, id }) => rowButton(parts, name, host, id),
        value: ({ name }) => name,
      },
      { label: words.host, cell: ({ host }) => element("bdi", {}, host), value: ({ host }) => host },
      { label: words.state, cell: ({ state }) => state, value: ({ state }) => state },
      { label: words.start, cell: ({ start }) => start, value: ({ start }) => start },
      {
        label: words.took,
        isNumber: true,
        cell: (row) => secondsWords(row.seconds),
        value: (row) => row.seconds ?? 0,
      },
    ]);
    this.element.append(
      element("div", { class: "bar" }, this.#note, this.#table.copyButton()),
      this.#table.element,
    );
  }

  update() {
    const frame = this.#parts.frame();
    if (!frame) return;
    const { model, scale, rows, least } = frame;
    const key = `${model.version} ${scale.from} ${scale.to} ${rows.length} ${least}`;
    if (key === this.#key) return;
    this.#key = key;
    const { found, total } = shownEvents(frame);
    this.#note.textContent = words.count(found.length, total);
    this.#table.show(found);
  }
}

/**
 * The events of the rows and the range that are shown, row by row.
 * @param {Frame} frame
 */
function shownEvents({ model, scale, rows, least, now }) {
  const { events, tree } = model;
  /** @type {EventRow[]} */
  const found = [];
  let total = 0;
  for (const node of rows.nodes) {
    for (const event of tree.lanes[node]?.lanes.flat() ?? []) {
      const from = events.from(event);
      const until = events.until(event, now);
      if (from > scale.to || until < scale.from || until - from < least) continue;
      total++;
      if (found.length < SHOWN) found.push(rowOf(model, node, event, now));
    }
  }
  return { found, total };
}

/**
 * @param {import("../model/timeline.js").TimelineModel} model
 * @param {number} node
 * @param {number} event
 * @param {number} now
 * @returns {EventRow}
 */
function rowOf(model, node, event, now) {
  const { events, hosts, base, first } = model;
  const { symbol, word } = texts.states[STATE_NAMES[events.state[event]]];
  const start = events.start[event];
  const isKnown = !Number.isNaN(start);
  return {
    name: model.nameOf(node) ?? "",
    host: hosts[events.host[event]] ?? "",
    id: events.idOf(event) === "0" ? null : events.idOf(event),
    state: `${symbol} ${word}`,
    start: isKnown ? `+${exactSeconds(start - first)} (${localTime(start, base)})` : texts.unknown,
    seconds: isKnown ? (events.until(event, now) - start) / 1e9 : null,
  };
}
