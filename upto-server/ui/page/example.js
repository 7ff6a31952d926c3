// A line to type, with a button that copies it.

import { element } from "./dom.js";
import * as texts from "./texts.js";

/** @param {string} line */
export function exampleOf(line) {
  const code = element("code", {}, line);
  const copy = element("button", { type: "button" }, texts.notices.copy);
  copy.addEventListener("click", () => copyText(line, code, copy));
  return element("div", { class: "example" }, element("pre", {}, code), copy);
}

/**
 * Copies a text; where the browser refuses that, selects it, so that it can be copied by hand.
 * @param {string} text
 * @param {HTMLElement} source
 * @param {HTMLElement} trigger
 */
async function copyText(text, source, trigger) {
  try {
    await navigator.clipboard.writeText(text);
    trigger.textContent = texts.notices.copied;
  } catch {
    getSelection()?.selectAllChildren(source);
  }
}
