// The keys, and what the bars look like in each state, drawn by the same hand as the bars themselves.

import { element } from "./dom.js";
import { State } from "./model/states.js";
import { Shapes } from "./picture/shapes.js";
import { Surface } from "./picture/surface.js";
import { readTheme } from "./picture/theme.js";
import * as texts from "./texts.js";

/** @typedef {import("./picture/theme.js").Theme} Theme */

const words = texts.help;
const BOX = { left: 8, right: 72, top: 5, height: 10 };

/** @typedef {(shapes: Shapes, theme: Theme) => void} Draw */

/** @type {[string, Draw][]} */
const LEGEND = [
  [texts.states.done.word, (shapes, theme) => shapes.draw(State.done, true, theme.bars[0], BOX)],
  [texts.states.open.word, (shapes, theme) => shapes.draw(State.open, true, theme.bars[0], BOX)],
  [texts.states.failed.word, (shapes, theme) => shapes.draw(State.failed, true, theme.bars[0], BOX)],
  [texts.states.cancelled.word, (shapes, theme) => shapes.draw(State.cancelled, true, theme.bars[0], BOX)],
  [
    texts.states.unknown_start.word,
    (shapes, theme) => shapes.draw(State.unknown_start, false, theme.bars[0], BOX),
  ],
  [
    texts.states.point.word,
    (shapes, theme) => shapes.draw(State.point, true, theme.bars[0], { ...BOX, left: 40, right: 40 }),
  ],
  [
    words.truncated,
    (shapes, theme) => {
      shapes.draw(State.done, true, theme.bars[0], BOX);
      shapes.turnDown(BOX);
    },
  ],
  [words.implied, (shapes, theme) => shapes.bracket(theme.bars[0], false, { ...BOX, height: 6, top: 8 })],
];

/** @param {[string, string][]} keys */
function keyTable(keys) {
  const list = element("dl", {});
  for (const [names, meaning] of keys) {
    const caps = names.split("  ").map((name) => element("kbd", {}, name));
    list.append(element("dt", {}, ...caps), element("dd", {}, meaning));
  }
  return list;
}

export class Help {
  #dialog;
  /** @type {{surface: Surface, draw: Draw}[]} */
  #samples = [];

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    const close = element("button", { type: "button" }, words.close);
    close.addEventListener("click", () => dialog.close());
    dialog.setAttribute("aria-label", words.title);
    dialog.append(
      element("h2", {}, words.title),
      keyTable(words.keys),
      element("h3", {}, words.treeTitle),
      keyTable(words.treeKeys),
      element("h3", {}, words.legendTitle),
      this.#legend(),
      close,
    );
  }

  #legend() {
    const list = element("dl", { class: "legend" });
    for (const [name, draw] of LEGEND) {
      const canvas = element("canvas", { "aria-hidden": "true" });
      this.#samples.push({ surface: new Surface(canvas), draw });
      list.append(element("dt", {}, canvas), element("dd", {}, name));
    }
    return list;
  }

  /** Opens it, or closes it again. */
  toggle() {
    if (this.#dialog.open) return this.#dialog.close();
    this.#dialog.showModal();
    const theme = readTheme();
    for (const { surface, draw } of this.#samples) {
      surface.fit();
      surface.clear(theme.paper);
      draw(new Shapes(surface.context, theme), theme);
    }
  }
}
