// What of the journal is wanted: fields, and presets of the configuration that fill them in.

import { element } from "../dom.js";
import { EVERYTHING } from "../state/view.js";
import * as texts from "../texts.js";

/** @typedef {import("../state/store.js").ViewStore} ViewStore */
/** @typedef {import("../state/view.js").View} View */
/** @typedef {Pick<View, "service" | "message" | "grave" | "since" | "until">} Wanted */
/** @typedef {Record<string, unknown>} Preset */

const words = texts.journal;

/** Nothing in particular. @type {Wanted} */
const ANYTHING = Object.freeze({
  service: EVERYTHING.service,
  message: EVERYTHING.message,
  grave: EVERYTHING.grave,
  since: EVERYTHING.since,
  until: EVERYTHING.until,
});

export class Filters {
  #store;
  #service = field("search", words.service);
  #message = field("search", words.message);
  #grave = field("number", words.level);
  #since = field("datetime-local", words.since);
  #until = field("datetime-local", words.until);
  #presets = element("select", { "aria-label": words.presets, hidden: "" });
  #clear = element("button", { type: "button" }, words.clear);
  /** @type {readonly Preset[]} */
  #offered = [];
  elements;

  /** @param {ViewStore} store */
  constructor(store) {
    this.#store = store;
    this.elements = [
      this.#presets,
      this.#service,
      this.#message,
      captioned(words.level, this.#grave),
      element(
        "span",
        { class: "range" },
        captioned(words.since, this.#since),
        captioned(words.until, this.#until),
      ),
      this.#clear,
    ];
    this.#service.addEventListener("input", () => this.#change("service"));
    this.#message.addEventListener("input", () => this.#change("message"));
    this.#grave.addEventListener("input", () => this.#change("grave"));
    this.#since.addEventListener("change", () => this.#change("since"));
    this.#until.addEventListener("change", () => this.#change("until"));
    this.#presets.addEventListener("change", () => this.#fillIn());
    this.#clear.addEventListener("click", () => store.change("clear", ANYTHING));
  }

  /** @param {string} kind */
  #change(kind) {
    const grave = this.#grave.valueAsNumber;
    this.#store.change(kind, {
      service: this.#service.value,
      message: this.#message.value,
      grave: (grave | 0) === grave ? grave : null,
      since: instantOf(this.#since.value),
      until: instantOf(this.#until.value),
    });
  }

  /** Shows what is wanted. */
  show() {
    const { service, message, grave, since, until } = this.#store.view;
    put(this.#service, service);
    put(this.#message, message);
    put(this.#grave, grave === null ? "" : String(grave));
    put(this.#since, localOf(since));
    put(this.#until, localOf(until));
    const isAny = service === "" && message === "" && grave === null && since === null && until === null;
    this.#clear.hidden = isAny;
    if (isAny) this.#presets.value = "";
  }

  /** @param {unknown} presets What the server offers. */
  offer(presets) {
    const offered = Array.isArray(presets) ? presets : [];
    if (JSON.stringify(offered) === JSON.stringify(this.#offered)) return;
    this.#offered = offered;
    this.#presets.hidden = offered.length === 0;
    const options = offered.map((preset, at) => element("option", { value: String(at) }, nameOf(preset, at)));
    this.#presets.replaceChildren(element("option", { value: "" }, words.noPreset), ...options);
  }

  #fillIn() {
    const preset = this.#offered[Number(this.#presets.value)];
    const isOne = this.#presets.value !== "" && preset !== undefined;
    this.#store.change("preset", isOne ? { ...ANYTHING, ...wantedBy(preset) } : ANYTHING);
  }
}

/**
 * What a preset asks for; what is not understood is left out.
 * @param {Preset} preset
 * @returns {Partial<Wanted>}
 */
export function wantedBy({ service, message, level }) {
  /** @type {Partial<Wanted>} */
  const wanted = {};
  if (typeof service === "string") wanted.service = service;
  if (typeof message === "string") wanted.message = message;
  if (typeof level === "number" && (level | 0) === level) wanted.grave = level;
  return wanted;
}

/**
 * @param {Preset} preset
 * @param {number} at
 */
function nameOf({ name }, at) {
  return typeof name === "string" && name.trim() !== "" ? name : `${words.presets} ${at + 1}`;
}

/**
 * @param {string} type
 * @param {string} label
 */
function field(type, label) {
  const made = element("input", { type, "aria-label": label });
  if (type !== "search") return made;
  made.className = "search";
  made.placeholder = label;
  made.spellcheck = false;
  return made;
}

/**
 * @param {string} label
 * @param {HTMLInputElement} input
 */
function captioned(label, input) {
  return element("label", { class: "captioned" }, label, input);
}

/**
 * @param {HTMLInputElement} input
 * @param {string} value
 */
function put(input, value) {
  if (input.value !== value) input.value = value;
}

/**
 * The instant that a field for a local time stands for.
 * @param {string} local
 */
function instantOf(local) {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/**
 * An instant as a field for a local time has it.
 * @param {string | null} instant
 */
function localOf(instant) {
  if (instant === null) return "";
  const time = new Date(instant);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
