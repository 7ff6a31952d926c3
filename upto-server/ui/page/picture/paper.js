// The picture on paper. What is on the screen is drawn for the screen: as far as it is scrolled, and in the colours that the
// person prefers there. For paper all rows are drawn anew, in dark on light, and put in its place while it is printed.

import { element } from "../dom.js";
import * as texts from "../texts.js";
import { sheetsOf } from "./svg.js";
import { readTheme } from "./theme.js";

/** @typedef {import("../panel/parts.js").Parts} Parts */

/** How high the rows of a sheet may be, as a part of its width: with its title it is to fit on a page that lies. */
const FLAT = 0.55;

/**
 * What a picture is of: context, timeline, and when that began.
 * @param {Parts["session"]} session
 */
export function titleOf({ timeline }) {
  if (!timeline) return "";
  const { context, name, first } = timeline;
  return texts.exporting.title(context, name, first === null ? "" : new Date(first).toLocaleString());
}

/**
 * Puts the picture on paper whenever it is printed, however that is asked for.
 * @param {Parts} parts
 */
export function printWell({ session, store, frame }) {
  const paper = element("div", { id: "paper" });
  const { classList } = document.documentElement;
  window.addEventListener("beforeprint", () => {
    const shown = frame();
    classList.add("on-paper");
    if (!shown || store.view.page !== "timeline") return;
    const sheets = sheetsOf({ ...shown, theme: readTheme() }, titleOf(session), shown.scale.width * FLAT);
    // As wide as the paper, however wide the window is.
    for (const { root } of sheets) ["width", "height"].forEach((size) => root.removeAttribute(size));
    paper.replaceChildren(...sheets.map(({ root }) => root));
    document.getElementById("scroller")?.before(paper);
  });
  window.addEventListener("afterprint", () => {
    classList.remove("on-paper");
    paper.remove();
  });
}
