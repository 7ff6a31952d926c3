// The list that a picker opens. It comes in pages; what is shown can be narrowed by typing.

import { element, setAttribute } from "../dom.js";
import { isAbort } from "../api/hal.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";

/**
 * One line of the list.
 * @typedef {object} Entry
 * @property {string} title
 * @property {string[]} details
 * @property {keyof typeof texts.states | null} state
 * @property {boolean} isCurrent
 * @property {() => void} choose
 */
/** @typedef {{entries: Entry[], hasMore: boolean}} EntryPage */
/** @typedef {(signal: AbortSignal, wanted: string) => AsyncGenerator<EntryPage>} Load Of entries that contain what is wanted, or of all. */

const TITLE_LIMIT = 160;
const GAP = 4;
/** How long nothing has to be typed until it is searched for among those that are not there yet. */
const SEARCH_MS = 200;

export class PickerList {
  #load;
  #button;
  #filter = element("input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: texts.picker.filter,
    "aria-label": texts.picker.filter,
    "aria-expanded": "true",
  });
  #list = element("ul", { role: "listbox" });
  #note = element("p", { role: "status" });
  #more = element("button", { type: "button", class: "more" }, texts.picker.more);
  #popover;
  #abort = new AbortController();
  /** @type {AsyncGenerator<EntryPage> | null} */
  #pages = null;
  /** @type {Entry[]} */
  #entries = [];
  /** @type {Entry[]} Those that match what was typed. */
  #shown = [];
  #active = 0;
  /** What those that are shown were asked for by. */
  #asked = "";
  /** Whether all there are are there: then typing only narrows them. */
  #isWhole = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("./picker.js").Picker} picker Opens it.
   * @param {Load} load The pages of the list, asked for when it opens, and when something is typed while there is more.
   */
  constructor({ id, label, button }, load) {
    this.#load = load;
    this.#button = button;
    this.#popover = element(
      "div",
      { id, popover: "auto", class: "popover" },
      this.#filter,
      this.#list,
      this.#note,
      this.#more,
    );
    this.#list.id = `${id}-list`;
    this.#filter.setAttribute("aria-controls", this.#list.id);
    this.#list.setAttribute("aria-label", label);
    this.#listen();
  }

  /** The list, which is to be put beside its button. */
  get element() {
    return this.#popover;
  }

  #listen() {
    this.#popover.addEventListener("toggle", (event) =>
      this.#onToggle(/** @type {ToggleEvent} */ (event).newState === "open"),
    );
    this.#filter.addEventListener("input", () => this.#onInput());
    this.#filter.addEventListener("keydown", (event) => this.#onKey(event));
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#more.addEventListener("click", () => this.#nextPage());
  }

  /** @param {boolean} isOpen */
  #onToggle(isOpen) {
    this.#button.setAttribute("aria-expanded", String(isOpen));
    this.#abort.abort();
    clearTimeout(this.#timer);
    if (!isOpen) return;
    this.#filter.value = "";
    this.#begin();
    this.#place();
    this.#filter.focus();
  }

  /** Asks for what is to be seen. */
  #begin() {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#isWhole = false;
    this.#asked = this.#wanted;
    this.#pages = this.#load(this.#abort.signal, this.#asked);
    this.#entries = [];
    this.#active = 0;
    this.#narrow();
    this.#nextPage();
  }

  get #wanted() {
    return this.#filter.value.trim();
  }

  #onInput() {
    this.#narrow();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), SEARCH_MS);
  }

  #search() {
    if (!this.#isWhole && this.#wanted !== this.#asked) this.#begin();
  }

  /** Below its button, or above one that is far down; within the window. */
  #place() {
    const { left, top, bottom } = this.#button.getBoundingClientRect();
    const room = Math.max(GAP, Math.min(left, innerWidth - this.#popover.offsetWidth - GAP));
    const { style } = this.#popover;
    style.left = `${room}px`;
    const isBelow = bottom < innerHeight / 2;
    style.top = isBelow ? `${bottom + GAP}px` : "auto";
    style.bottom = isBelow ? "auto" : `${innerHeight - top + GAP}px`;
  }

  async #nextPage() {
    this.#more.hidden = true;
    this.#note.textContent = texts.picker.loading;
    const { signal } = this.#abort;
    try {
      /** @type {EntryPage | undefined} */
      const page = (await this.#pages?.next())?.value;
      if (signal.aborted) return;
      this.#entries.push(...(page?.entries ?? []));
      this.#more.hidden = !page?.hasMore;
      this.#isWhole = this.#asked === "" && !page?.hasMore;
      if (this.#active === 0)
        this.#active = Math.max(
          0,
          this.#entries.findIndex((entry) => entry.isCurrent),
        );
      this.#narrow();
    } catch (error) {
      if (!isAbort(error)) this.#note.textContent = texts.failure(error);
    }
  }

  /** Shows the entries that contain what was typed. */
  #narrow() {
    const wanted = this.#wanted.toLowerCase();
    this.#shown = this.#entries.filter((entry) => entry.title.toLowerCase().includes(wanted));
    if (wanted !== "") this.#active = 0;
    this.#active = Math.min(this.#active, Math.max(0, this.#shown.length - 1));
    this.#list.replaceChildren(...this.#shown.map((entry, at) => this.#option(entry, at)));
    this.#note.textContent = this.#emptyNote();
    this.#mark();
  }

  #emptyNote() {
    if (this.#shown.length > 0) return "";
    return this.#entries.length > 0 || this.#asked !== "" ? texts.picker.noMatch : texts.picker.nothing;
  }

  /**
   * @param {Entry} entry
   * @param {number} at
   */
  #option(entry, at) {
    const state = entry.state && texts.states[entry.state];
    return element(
      "li",
      {
        role: "option",
        id: `${this.#list.id}-${at}`,
        "aria-selected": String(entry.isCurrent),
        "data-at": String(at),
      },
      element(
        "span",
        { class: `mark ${entry.state ?? ""}`, "aria-hidden": "true" },
        state ? state.symbol : "",
      ),
      element("bdi", { class: "title" }, clip(entry.title, TITLE_LIMIT)),
      element("span", { class: "unseen" }, state ? state.word : ""),
      element(
        "span",
        { class: "details" },
        ...entry.details.map((detail) => element("bdi", {}, clip(detail, TITLE_LIMIT))),
      ),
    );
  }

  /** Marks the entry that the keyboard is on. */
  #mark() {
    [...this.#list.children].forEach((option, at) => option.classList.toggle("active", at === this.#active));
    const active = this.#list.children[this.#active];
    setAttribute(this.#filter, "aria-activedescendant", active?.id ?? null);
    active?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.code === "ArrowDown" ? 1 : event.code === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      this.#active = Math.min(Math.max(this.#active + step, 0), Math.max(0, this.#shown.length - 1));
      this.#mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(this.#active);
    }
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const option = event.target instanceof Element ? event.target.closest("li") : null;
    if (option) this.#choose(Number(option.dataset.at));
  }

  /** @param {number} at */
  #choose(at) {
    const entry = this.#shown[at];
    if (!entry) return;
    this.#popover.hidePopover();
    this.#button.focus();
    entry.choose();
  }
}
