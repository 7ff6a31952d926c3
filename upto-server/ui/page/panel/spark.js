// Runs as small bars: how long the earlier ones took, and which of them failed.

import { turnOf } from "../answers/turn.js";
import { element } from "../dom.js";
import { duration } from "../format.js";
import * as texts from "../texts.js";

/** @typedef {import("../answers/types.js").History} History */
/** @typedef {import("../answers/types.js").Run} Run */

/**
 * The bars of runs, as high as they took long. Each calls back when it is chosen; the keyboard has tables for that.
 * @param {History} history
 * @param {string | null} current The timeline that is shown.
 * @param {((timeline: string) => void) | null} onChoose
 * @param {((timeline: string) => void) | null} onCompare Called instead where Shift is held.
 * @returns {HTMLElement}
 */
export function sparkBars(history, current, onChoose, onCompare = null) {
  const { runs, changes } = history;
  const most = runs.reduce((longest, { duration_seconds: seconds }) => Math.max(longest, seconds ?? 0), 0);
  const changed = new Set(changes.map(({ timeline }) => timeline)).add(turnOf(history)?.timeline ?? "");
  const bars = runs.map((run) =>
    bar(run, most, run.timeline === current, changed.has(run.timeline)),
  );
  bars.forEach((bar, at) => {
    const { timeline } = runs[at];
    const compare = timeline === current ? null : onCompare;
    if (compare) bar.title += `\n${texts.earlier.compare}`;
    bar.addEventListener("click", ({ shiftKey }) => (shiftKey && compare ? compare : onChoose)?.(timeline));
  });
  return element(
    "div",
    { class: "spark", role: "img", "aria-label": texts.earlier.bars(runs.length) },
    ...bars,
  );
}

/**
 * @param {Run} run
 * @param {number} most
 * @param {boolean} isCurrent
 * @param {boolean} isChange
 */
function bar({ timeline, state, duration_seconds: seconds }, most, isCurrent, isChange) {
  const words = texts.states[/** @type {keyof typeof texts.states} */ (state)];
  const took = seconds === null ? texts.unknown : duration(seconds * 1e9);
  const made = element("span", {
    class: `run ${state}`,
    title: `${timeline}  ${words?.symbol ?? ""} ${took}`,
  });
  made.classList.toggle("current", isCurrent);
  made.classList.toggle("change", isChange);
  made.style.setProperty("--height", String(most > 0 && seconds !== null ? seconds / most : 0));
  return made;
}
