// What is told below the picture: one pane at a time, chosen by a tab, closed by choosing its tab again. The panes come when
// one is looked at.

import { element, setAttribute } from "../dom.js";
import { Late } from "../late.js";
import { PANELS } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../state/view.js").PanelName} PanelName */
/** @typedef {import("./parts.js").Parts} Parts */

export class Panel {
  #parts;
  #tabs = element("div", { role: "tablist", "aria-label": texts.panel.label });
  #body = element("div", { id: "pane-body", role: "tabpanel", tabindex: "0" });
  /** @type {Map<PanelName, HTMLButtonElement>} */
  #buttons = new Map();
  /** Fetched when one of them is first looked at. @type {Late<import("./panes.js").Panes>} */
  #panes = new Late(
    async () => new (await import("./panes.js")).Panes(this.#body, this.#parts),
    () => this.#update(),
    (error) => (this.#body.textContent = texts.misunderstood(error)),
  );
  #isScheduled = false;

  /**
   * @param {HTMLElement} root
   * @param {Parts} parts
   */
  constructor(root, parts) {
    this.#parts = parts;
    for (const name of PANELS) this.#addTab(name);
    root.setAttribute("aria-label", texts.panel.label);
    root.append(this.#tabs, this.#body);
    this.#tabs.addEventListener("keydown", (event) => this.#onKey(event));
    const later = () => this.#updateLater();
    parts.store.subscribe(later);
    parts.session.subscribe(later);
    parts.answers.subscribe(later);
    parts.clock.subscribe(later);
    this.#update();
  }

  /** @param {PanelName} name */
  #addTab(name) {
    const attributes = { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": this.#body.id };
    const button = element("button", attributes, texts.panel.tabs[name]);
    button.addEventListener("click", () => this.#toggle(name));
    this.#buttons.set(name, button);
    this.#tabs.append(button);
  }

  /** @param {PanelName} name */
  #toggle(name) {
    const { view } = this.#parts.store;
    if (view.panel === name) return this.#parts.store.change("panel", { panel: null });
    const compare = name === "causes" ? (view.compare ?? "") : view.compare;
    this.#parts.store.change("panel", { panel: name, compare, path: view.path || name === "path" });
  }

  /** Arrows move between tabs, as tabs do everywhere. @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.code === "ArrowRight" ? 1 : event.code === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const buttons = [...this.#buttons.values()];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[(at + step + buttons.length) % buttons.length].focus();
    event.preventDefault();
  }

  #updateLater() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After the picture, whose frame some panes tell about.
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#update();
    });
  }

  #update() {
    const { view } = this.#parts.store;
    const { panel } = view;
    this.#body.hidden = panel === null;
    for (const [name, button] of this.#buttons) {
      setAttribute(button, "aria-selected", String(name === panel));
      setAttribute(button, "tabindex", name === (panel ?? PANELS[0]) ? "0" : "-1");
    }
    if (panel !== null) setAttribute(this.#body, "aria-labelledby", `tab-${panel}`);
    if (panel !== null || this.#panes.value) this.#panes.want()?.show(panel);
  }
}
