// Texts that are addresses of something elsewhere, as build systems write them into attributes and notes.

import { element } from "./dom.js";

/** Only these lead to a page; whatever else calls itself an address may be a script. */
const SCHEMES = ["http:", "https:"];
const LENGTH_LIMIT = 4000;

/**
 * Whether a text is, as a whole, the address of a page.
 * @param {string} text
 */
export function isAddress(text) {
  if (text.length > LENGTH_LIMIT || !/^https?:\S+$/i.test(text)) return false;
  try {
    return SCHEMES.includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/**
 * A stranger's text; where it is an address, as a link that tells the other page nothing.
 * @param {string} text
 * @param {string} shown As it is shown, where that is shorter.
 * @returns {HTMLElement}
 */
export function linked(text, shown = text) {
  const written = element("bdi", {}, shown);
  if (!isAddress(text)) return written;
  return element("a", { href: text, target: "_blank", rel: "noopener noreferrer" }, written);
}
