// How the picture is drawn: levels, shortest bars, grouping, what is laid over it, and how to take it elsewhere.

import { addStyle, element, onFirstPress, POPUPS } from "../dom.js";
import * as texts from "../texts.js";

/** @typedef {import("../panel/parts.js").Parts} Parts */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("../state/view.js").View} View */

const words = texts.toolbar;
const LEVELS = 9;
/** What may be hidden, in seconds. */
const LEAST = [0.001, 0.01, 0.1, 1, 10, 60];

export class Toolbar {
  #store;
  #answers;
  #level = element("select", {});
  #least = element("select", {});
  #group = element("select", {});
  #compare = element("input", { type: "checkbox" });
  #path = element("input", { type: "checkbox" });
  #with = element("span", { class: "with" });

  /**
   * @param {HTMLElement} root
   * @param {Parts} parts
   */
  constructor(root, parts) {
    this.#store = parts.store;
    this.#answers = parts.answers;
    fill(this.#level, [["", words.allLevels], ...levelOptions()]);
    fill(this.#least, [["", words.anyLength], ...LEAST.map((seconds) => leastOption(seconds))]);
    fill(this.#group, [
      ["", words.byName],
      ["host", words.byHost],
      ["below", words.hostsBelow],
    ]);
    root.setAttribute("aria-label", words.label);
    root.append(
      labelled(words.level, this.#level),
      labelled(words.least, this.#least),
      labelled(words.group, this.#group),
      element("label", { class: "check" }, this.#compare, words.compare, this.#with),
      element("label", { class: "check" }, this.#path, words.path),
      exporting(parts),
    );
    this.#listen();
    parts.store.subscribe(() => this.#update());
    parts.answers.subscribe(() => this.#update());
    this.#update();
  }

  #listen() {
    const store = this.#store;
    this.#level.addEventListener("change", () => {
      store.change("level", { level: numberOf(this.#level), folded: new Set() });
    });
    this.#least.addEventListener("change", () => store.change("least", { least: numberOf(this.#least) }));
    this.#group.addEventListener("change", () => {
      const grouping = /** @type {import("../state/view.js").Grouping} */ (this.#group.value || "name");
      store.change("group", { grouping, row: null, id: null, folded: new Set() });
    });
    this.#compare.addEventListener("change", () => toggleCompare(store));
    this.#path.addEventListener("change", () => store.change("path", { path: this.#path.checked }));
  }

  #update() {
    const { level, least, grouping, compare, path } = this.#store.view;
    this.#level.value = level === null ? "" : String(level);
    this.#least.value = least === null ? "" : String(least);
    this.#group.value = grouping === "name" ? "" : grouping;
    this.#compare.checked = compare !== null;
    this.#path.checked = path;
    const other = this.#answers.comparison.value?.with ?? "";
    this.#with.textContent = compare !== null && other !== "" ? words.against(other) : "";
  }
}

/** Lays the last good timeline under this one, or none. @param {ViewStore} store */
export function toggleCompare(store) {
  const isOn = store.view.compare !== null;
  store.change("compare", { compare: isOn ? null : "" });
}

/**
 * A button with a menu, which is fetched when it is first opened.
 * @param {Parts} parts
 */
function exporting(parts) {
  const button = element(
    "button",
    { type: "button", popovertarget: "export", class: "export" },
    words.exporting,
  );
  const holder = element("div", { class: "menu-holder" }, button);
  onFirstPress(button, async () => {
    const [{ exportMenu }] = await Promise.all([import("./export-menu.js"), addStyle(POPUPS)]);
    const menu = exportMenu(parts, button);
    holder.append(menu);
    menu.showPopover();
  });
  return holder;
}

/** @returns {[string, string][]} */
function levelOptions() {
  return Array.from({ length: LEVELS }, (_, at) => [String(at + 1), words.levels(at + 1)]);
}

/**
 * @param {number} seconds
 * @returns {[string, string]}
 */
function leastOption(seconds) {
  return [String(seconds), words.atLeast(seconds)];
}

/**
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} options
 */
function fill(select, options) {
  select.append(...options.map(([value, text]) => element("option", { value }, text)));
}

/** @param {HTMLSelectElement} select */
function numberOf({ value }) {
  return value === "" ? null : Number(value);
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 */
function labelled(text, control) {
  return element("label", {}, element("span", { class: "caption" }, text), control);
}
