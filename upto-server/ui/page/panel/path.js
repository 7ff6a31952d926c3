// What the length of the timeline depends on.

import { element } from "../dom.js";
import * as texts from "../texts.js";
import { insteadOf, leftOutNote, percentWords, rowButton, secondsWords, shareBar } from "./parts.js";
import { Table } from "./table.js";

/** @typedef {import("../answers/types.js").CriticalPath} CriticalPath */
/** @typedef {import("../answers/types.js").PathName} PathName */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.path;
/** So many names are listed; the others are summed up. */
const SHOWN = 100;

export class PathPane {
  #parts;
  element = element("div", { class: "pane" });
  /** @type {unknown} */
  #shown = null;
  #table;
  #switch = element("input", { type: "checkbox" });

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#table = new Table(words.title, [
      { label: words.name, cell: ({ name }) => rowButton(parts, name), value: ({ name }) => name },
      { label: words.share, isNumber: true, cell: (row) => this.#share(row), value: ({ share }) => share },
      {
        label: words.time,
        isNumber: true,
        cell: ({ duration_seconds: seconds }) => secondsWords(seconds),
        value: ({ duration_seconds: seconds }) => seconds,
      },
      {
        label: words.drag,
        isNumber: true,
        cell: ({ name }) => secondsWords(this.#dragOf(name)),
        value: ({ name }) => this.#dragOf(name) ?? 0,
      },
      {
        label: words.sections,
        isNumber: true,
        cell: ({ sections }) => String(sections),
        value: (row) => row.sections,
      },
    ]);
    this.#switch.addEventListener("change", () => parts.store.change("path", { path: this.#switch.checked }));
  }

  /** @param {PathName} row */
  #share({ share }) {
    return element("span", { class: "shared" }, shareBar(share), percentWords(share));
  }

  /** @param {string} name */
  #dragOf(name) {
    const steps = this.#parts.answers.path.value?.steps ?? [];
    const drags = steps.filter(({ event }) => event.name === name).map((step) => step.drag_seconds);
    return drags.length > 0 ? Math.max(...drags) : null;
  }

  update() {
    const { path } = this.#parts.answers;
    this.#switch.checked = this.#parts.store.view.path;
    const instead = insteadOf(path);
    if (this.#shown === (path.value ?? path.error ?? path)) return;
    this.#shown = path.value ?? path.error ?? path;
    if (instead || !path.value) return this.element.replaceChildren(instead ?? "");
    this.#show(path.value);
  }

  /** @param {CriticalPath} path */
  #show(path) {
    const { duration_seconds: all, unattributed_seconds: nobody, other_names: others } = path;
    if (all === null) return this.element.replaceChildren(element("p", {}, words.nothing));
    // What is nobody's has no name, and a line of its own.
    const names = path.names.filter(({ name }) => name !== null);
    const rest = this.#rest(names.slice(SHOWN), others);
    const footer = [];
    if (rest.count > 0)
      footer.push([words.others(rest.count), percentWords(rest.share), secondsWords(rest.seconds)]);
    if (nobody > 0) footer.push([words.nobody, percentWords(nobody / all), secondsWords(nobody)]);
    footer.push([words.sum, percentWords(all > 0 ? 1 : 0), secondsWords(all)]);
    this.#table.show(names.slice(0, SHOWN), footer);
    const draw = element("label", {}, this.#switch, words.draw);
    this.element.replaceChildren(
      element(
        "div",
        { class: "bar" },
        element("p", {}, words.intro(path.learned_from)),
        draw,
        this.#table.copyButton(),
      ),
      this.#table.element,
      ...leftOutNote(path.left_out),
    );
  }

  /**
   * @param {PathName[]} names
   * @param {import("../answers/types.js").Others} others
   */
  #rest(names, others) {
    const add = (/** @type {(name: PathName) => number} */ of) =>
      names.reduce((sum, name) => sum + of(name), 0);
    return {
      count: names.length + others.count,
      share: add(({ share }) => share) + others.share,
      seconds: add((name) => name.duration_seconds) + others.duration_seconds,
    };
  }
}
