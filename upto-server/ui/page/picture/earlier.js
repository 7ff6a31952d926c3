// What earlier timelines tell of this one: how long each took, and whether this one took as long as usual.

import { addStyle } from "../dom.js";
import { Verdict } from "../header/verdict.js";
import { Strip } from "./strip.js";

/** @typedef {import("../panel/parts.js").Parts} Parts */

/**
 * @param {HTMLElement} strip
 * @param {HTMLElement} verdict
 * @param {Parts} parts
 */
export async function showEarlier(strip, verdict, parts) {
  await addStyle("runs.css");
  new Strip(strip, parts);
  new Verdict(verdict, parts.answers, parts.session, parts.store);
}
