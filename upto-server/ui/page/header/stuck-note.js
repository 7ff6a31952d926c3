// Says beside the state, and on the tab, that something should have ended by now: whoever does not look for it sees it too.

import { byId, element, setText } from "../dom.js";
import * as texts from "../texts.js";

/** @typedef {import("../panel/parts.js").Parts} Parts */

/** What hangs sends nothing: it is asked about this often, in milliseconds. */
const EVERY_MS = 30_000;

/** @param {Pick<Parts, "answers" | "store" | "clock">} parts */
export function noteStuck({ answers, store, clock }) {
  const note = element("button", { type: "button", class: "loss", title: texts.stuck.detail });
  const tab = byId("tab-stuck", HTMLElement);
  let asked = performance.now();
  const update = () => {
    const timelines = answers.stuck.value?.timelines ?? [];
    const total = timelines.reduce((sum, timeline) => sum + timeline.total, 0);
    note.hidden = total === 0;
    setText(note, total === 0 ? "" : texts.stuck.count(total));
    setText(tab, total === 0 ? texts.panel.tabs.stuck : texts.stuck.tab(total));
    tab.classList.toggle("loss", total > 0);
  };
  note.addEventListener("click", () => store.change("panel", { panel: "stuck" }));
  document.querySelector("#header .status")?.append(note);
  answers.subscribe(update);
  clock.subscribe(() => {
    if (performance.now() - asked < EVERY_MS) return;
    asked = performance.now();
    answers.stuck.again?.();
  });
  update();
}
