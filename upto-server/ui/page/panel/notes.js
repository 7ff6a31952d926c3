// What people and build systems say of a timeline: texts by key, which can be changed here.

import { element } from "../dom.js";
import { linkOf } from "../api/hal.js";
import { send } from "../api/send.js";
import { isAddress, linked } from "../links.js";
import * as texts from "../texts.js";

/** @typedef {import("../api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("./parts.js").Parts} Parts */

const words = texts.notes;

export class NotesPane {
  #parts;
  element = element("div", { class: "pane notes" });
  #list = element("div", { class: "pairs" });
  #status = element("p", { role: "status" });
  #shown = "";

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const add = element("button", { type: "button" }, words.add);
    add.addEventListener("click", () => this.#addLine("", "").focus());
    const save = element("button", { type: "button", class: "primary" }, words.save);
    save.addEventListener("click", () => this.#save());
    const bar = element("div", { class: "bar" }, element("p", {}, words.intro), add, save, this.#status);
    this.element.append(bar, this.#list);
  }

  update() {
    const { timeline } = this.#parts.session;
    if (!timeline) return;
    const key = JSON.stringify([linkOf(timeline, "self"), timeline.metadata ?? {}]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#list.replaceChildren();
    for (const [name, text] of Object.entries(timeline.metadata ?? {})) this.#addLine(name, text);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #addLine(name, text) {
    const key = element("input", { "aria-label": words.key, placeholder: words.key, class: "key" });
    const value = element("input", { "aria-label": words.text, placeholder: words.text, class: "value" });
    const remove = element("button", { type: "button", "aria-label": words.remove }, "×");
    const link = element("span", { class: "lead" });
    const line = element("div", { class: "pair" }, key, value, remove, link);
    // An address leads there; what is typed is not one yet at each letter.
    const lead = () => link.replaceChildren(...(isAddress(value.value) ? [linked(value.value, words.open)] : []));
    key.value = name;
    value.value = text;
    value.addEventListener("change", lead);
    lead();
    remove.addEventListener("click", () => line.remove());
    this.#list.append(line);
    return key;
  }

  /** What is written, without lines that have no key. */
  #written() {
    /** @type {[string, string][]} */
    const pairs = [];
    for (const line of this.#list.children) {
      const [key, value] = line.querySelectorAll("input");
      if (key?.value) pairs.push([key.value, value?.value ?? ""]);
    }
    return Object.fromEntries(pairs);
  }

  async #save() {
    const { timeline } = this.#parts.session;
    const href = timeline && linkOf(timeline, "metadata");
    if (!href) return;
    this.#status.textContent = words.saving;
    try {
      await send(this.#parts.client, "PUT", href, this.#written());
      this.#status.textContent = words.saved;
    } catch (error) {
      this.#status.textContent = texts.failure(error);
    }
  }
}
