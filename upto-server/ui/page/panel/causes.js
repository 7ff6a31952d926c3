// Why this timeline took longer, or less time, than another one.

import { element } from "../dom.js";
import { Picker } from "../header/picker.js";
import * as texts from "../texts.js";
import {
  changeOfSeconds,
  insteadOf,
  leftOutNote,
  rowButton,
  secondsWords,
  shareBar,
  timelineButton,
} from "./parts.js";
import { Table } from "./table.js";

/** @typedef {import("../answers/types.js").Cause} Cause */
/** @typedef {import("../answers/types.js").Comparison} Comparison */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.causes;

export class CausesPane {
  #parts;
  element = element("div", { class: "pane" });
  /** @type {unknown} */
  #shown = null;
  #most = 0;
  #table;
  #byRow = element("input", { type: "checkbox" });
  #stacked = element("input", { type: "checkbox" });
  #other;
  #summary = element("p", { class: "summary" });
  #begin = element("button", { type: "button" }, words.begin);
  #off = element("button", { type: "button" }, words.stop);
  /** What there is only where two are compared. @type {HTMLElement[]} */
  #ofTwo;
  #body = element("div", {});

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#table = new Table(words.title, [
      { label: words.row, cell: (cause) => this.#name(cause), value: ({ row }) => row ?? words.between },
      {
        label: words.kind,
        cell: ({ kind }) => words.kinds[kind] ?? kind,
        value: ({ kind }) => words.kinds[kind] ?? kind,
      },
      {
        label: words.effect,
        isNumber: true,
        cell: (cause) => this.#effect(cause),
        value: (cause) => cause.effect_seconds,
      },
      {
        label: words.before,
        isNumber: true,
        cell: ({ before }) => sideWords(before),
        value: ({ before }) => sideOf(before),
      },
      {
        label: words.after,
        isNumber: true,
        cell: ({ after }) => sideWords(after),
        value: ({ after }) => sideOf(after),
      },
    ]);
    this.#other = new Picker("pick-other", words.other, async (picker) =>
      (await import("../header/choices.js")).otherList(picker, parts),
    );
    this.#ofTwo = [
      element("label", {}, this.#byRow, words.byRow),
      element("label", {}, this.#stacked, words.stacked),
      this.#table.copyButton(),
    ];
    const bar = [this.#other.element, this.#summary, ...this.#ofTwo, this.#begin, this.#off];
    // It stays while answers come and go: the keyboard may be on it.
    this.element.append(element("div", { class: "bar" }, ...bar), this.#body);
    this.#listen();
  }

  #listen() {
    const { store } = this.#parts;
    this.#begin.addEventListener("click", () => store.change("compare", { compare: "" }));
    this.#off.addEventListener("click", () => store.change("compare", { compare: null }));
    this.#byRow.addEventListener("change", () => store.change("align", { byRow: this.#byRow.checked }));
    this.#stacked.addEventListener("change", () =>
      store.change("layout", { stacked: this.#stacked.checked }),
    );
  }

  /** @param {Cause} cause */
  #name({ row }) {
    return row === null ? words.between : rowButton(this.#parts, row);
  }

  /** @param {Cause} cause */
  #effect({ effect_seconds: effect }) {
    const kind = effect > 0 ? "worse" : "better";
    const bar = shareBar(this.#most > 0 ? effect / this.#most : 0, kind);
    return element("span", { class: `shared ${kind}` }, bar, changeOfSeconds(effect));
  }

  update() {
    const { answers, store } = this.#parts;
    const { comparison } = answers;
    this.#byRow.checked = store.view.byRow;
    this.#stacked.checked = store.view.stacked;
    // Which one the last good one is, is in the answer.
    this.#other.show(store.view.compare || (comparison.value?.with ?? texts.picker.lastGood));
    const key = store.view.compare === null ? "off" : (comparison.value ?? comparison.error ?? comparison);
    if (key === this.#shown) return;
    this.#shown = key;
    const isOn = store.view.compare !== null;
    const instead = isOn ? insteadOf(comparison) : null;
    this.#begin.hidden = isOn;
    this.#off.hidden = !isOn;
    for (const part of this.#ofTwo) part.hidden = !isOn || instead !== null;
    this.#summary.replaceChildren(isOn ? "" : words.off);
    this.#body.replaceChildren(instead ?? "");
    if (isOn && comparison.value) this.#show(comparison.value);
  }

  /** @param {Comparison} comparison */
  #show(comparison) {
    const { before_seconds: before, after_seconds: after, difference_seconds: difference } = comparison;
    const { causes, other_causes: others } = comparison;
    this.#most = causes.reduce((most, cause) => Math.max(most, Math.abs(cause.effect_seconds)), 0);
    const footer = [];
    if (others.count > 0)
      footer.push([words.others(others.count), "", changeOfSeconds(others.effect_seconds)]);
    if (difference !== null)
      footer.push([words.sum, "", changeOfSeconds(difference), secondsWords(before), secondsWords(after)]);
    this.#table.show(causes, footer);
    this.#summary.append(words.against, timelineButton(this.#parts, comparison.with), ": ");
    if (difference !== null)
      this.#summary.append(
        words.summary(secondsWords(before), secondsWords(after), changeOfSeconds(difference)),
      );
    this.#body.replaceChildren(this.#table.element, ...leftOutNote(comparison.left_out.after));
  }
}

/** @param {import("../answers/types.js").CauseSide | null} side */
function sideWords(side) {
  return side === null ? "" : secondsWords(side.total_seconds);
}

/** @param {import("../answers/types.js").CauseSide | null} side */
function sideOf(side) {
  return side?.total_seconds ?? 0;
}
