// The picture as a file, on paper, or its events for other programs.

import { element } from "../dom.js";
import { linkOf } from "../api/hal.js";
import { expanded } from "../api/template.js";
import { titleOf } from "../picture/paper.js";
import { pngOf, svgOf, textOf } from "../picture/svg.js";
import * as texts from "../texts.js";

/** @typedef {import("../panel/parts.js").Parts} Parts */

const words = texts.exporting;
const FORMATS = /** @type {const} */ (["chrome", "csv", "json", "otlp"]);

/**
 * The menu that a button opens.
 * @param {Parts} parts
 * @param {HTMLButtonElement} button
 */
export function exportMenu(parts, button) {
  const menu = element("div", { id: "export", popover: "auto", class: "popover menu" });
  const failure = element("span", { class: "loss", role: "alert" });
  button.before(failure);
  const attempt = async (/** @type {() => Promise<void>} */ make) => {
    try {
      failure.textContent = "";
      await make();
    } catch (error) {
      failure.textContent = words.failed(error instanceof Error ? error.message : String(error));
    }
  };
  menu.append(
    item(words.svg, () => attempt(() => saveSvg(parts))),
    item(words.png, () => attempt(() => savePng(parts))),
    item(words.print, () => print()),
  );
  const links = FORMATS.map((format) => ({
    format,
    link: element("a", { download: "" }, words.formats[format]),
  }));
  menu.append(...links.map(({ link }) => link));
  menu.addEventListener("toggle", () => {
    const { right, bottom } = button.getBoundingClientRect();
    menu.style.left = `${Math.max(4, right - menu.offsetWidth)}px`;
    menu.style.top = `${bottom + 4}px`;
    const template = parts.session.timeline && linkOf(parts.session.timeline, "export");
    for (const { format, link } of links) link.href = template ? expanded(template, { format }) : "#";
  });
  menu.addEventListener("click", () => menu.hidePopover());
  return menu;
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
function item(text, onClick) {
  const button = element("button", { type: "button" }, text);
  button.addEventListener("click", onClick);
  return button;
}

/** @param {Parts} parts */
function fileName({ session }) {
  const parts = [session.timeline?.context, session.timeline?.name];
  return parts
    .join("-")
    .replace(/[^\p{L}\p{N}._-]+/gu, "_")
    .slice(0, 120);
}

/** @param {Parts} parts */
async function saveSvg(parts) {
  const frame = parts.frame();
  if (!frame) return;
  const text = textOf(svgOf(frame, titleOf(parts.session)));
  save(new Blob([text], { type: "image/svg+xml" }), `${fileName(parts)}.svg`);
}

/** @param {Parts} parts */
async function savePng(parts) {
  const frame = parts.frame();
  if (frame) save(await pngOf(svgOf(frame, titleOf(parts.session))), `${fileName(parts)}.png`);
}

/**
 * @param {Blob} content
 * @param {string} name
 */
function save(content, name) {
  const href = URL.createObjectURL(content);
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
