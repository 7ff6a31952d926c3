// The panes below the picture. Each is fetched when it is first looked at: most people look at few.

import { addStyle } from "../dom.js";
import * as texts from "../texts.js";

/** @typedef {import("../state/view.js").PanelName} PanelName */
/** @typedef {import("./parts.js").Pane} Pane */
/** @typedef {import("./parts.js").Parts} Parts */

/** @typedef {new (parts: Parts) => Pane} Kind */

const STYLES = ["panel.css", "runs.css"];

/** @type {Record<PanelName, () => Promise<Kind>>} */
const KINDS = {
  details: async () => (await import("./details.js")).DetailsPane,
  path: async () => (await import("./path.js")).PathPane,
  causes: async () => (await import("./causes.js")).CausesPane,
  history: async () => (await import("./history.js")).HistoryPane,
  forecast: async () => (await import("./forecast.js")).ForecastPane,
  stuck: async () => (await import("./stuck.js")).StuckPane,
  blame: async () => (await import("./blame.js")).BlamePane,
  notes: async () => (await import("./notes.js")).NotesPane,
  table: async () => (await import("./events.js")).EventsPane,
};

export class Panes {
  #body;
  #parts;
  /** @type {Map<PanelName, Pane>} Made when first shown. */
  #panes = new Map();
  /** @type {Set<PanelName>} */
  #fetching = new Set();
  /** @type {PanelName | null} */
  #shown = null;

  /**
   * @param {HTMLElement} body
   * @param {Parts} parts
   */
  constructor(body, parts) {
    this.#body = body;
    this.#parts = parts;
  }

  /** Shows a pane as it is now. @param {PanelName | null} name */
  show(name) {
    const pane = name && this.#panes.get(name);
    if (name && !pane) return this.#fetch(name);
    if (pane && this.#shown !== name) this.#body.replaceChildren(pane.element);
    this.#shown = name;
    pane?.update();
  }

  /** @param {PanelName} name */
  #fetch(name) {
    if (this.#fetching.has(name)) return;
    this.#fetching.add(name);
    Promise.all([KINDS[name](), Promise.all(STYLES.map(addStyle))]).then(
      ([Kind]) => {
        this.#panes.set(name, new Kind(this.#parts));
        this.show(this.#parts.store.view.panel);
      },
      (error) => {
        this.#fetching.delete(name);
        this.#body.textContent = texts.failure(error);
      },
    );
  }
}
