// The chart of a history: durations, the median and the band up to the 90th percentile that the last run is judged by, and
// where the duration became another one. uPlot draws it, fetched when a chart is first shown.

import { turnOf } from "../answers/turn.js";
import { element } from "../dom.js";
import { duration } from "../format.js";
import { onThemeChange, readTheme } from "../picture/theme.js";
import * as texts from "../texts.js";

/** @typedef {import("../answers/types.js").History} History */
/** @typedef {import("../answers/types.js").Run} Run */

const HEIGHT = 180;
/** Not written where it is used: what is vendored has no types that are checked. */
const SCRIPT = "../vendor/uplot/uPlot.esm.js";
const STYLE = "ui/vendor/uplot/uPlot.min.css";

/** @type {Promise<any> | null} */
let library = null;

/** The library and its style sheet, once. */
export function loadLibrary() {
  library ??= (async () => {
    document.head.append(element("link", { rel: "stylesheet", href: STYLE }));
    return (await import(SCRIPT)).default;
  })();
  return library;
}

export class HistoryChart {
  #onChoose;
  element = element("div", { class: "chart", role: "img", "aria-label": texts.history.chart });
  /** @type {any} */
  #plot = null;
  /** @type {History | null} */
  #history = null;

  /** @param {(timeline: string, compares: boolean) => void} onChoose Told whether Shift is held, to compare with it. */
  constructor(onChoose) {
    this.#onChoose = onChoose;
    onThemeChange(() => this.#history && this.show(this.#history));
    new ResizeObserver(() => this.fit()).observe(this.element);
  }

  /** Takes the width that there is. */
  fit() {
    const width = this.element.clientWidth;
    if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  /** @param {History} history */
  async show(history) {
    this.#history = history;
    const Plot = await loadLibrary();
    if (this.#history !== history) return;
    this.#plot?.destroy();
    this.element.replaceChildren();
    this.#plot = new Plot(this.#options(history), dataOf(history), this.element);
  }

  /** @param {History} history */
  #options(history) {
    const { runs, changes } = history;
    const theme = readTheme();
    const axis = {
      stroke: theme.muted,
      grid: { stroke: theme.line, width: 1 },
      ticks: { stroke: theme.line, width: 1 },
    };
    const changed = new Set(changes.map(({ timeline }) => timeline)).add(turnOf(history)?.timeline ?? "");
    return {
      width: this.element.clientWidth || 600,
      height: HEIGHT,
      scales: { x: { time: false } },
      legend: { show: false },
      cursor: { y: false },
      axes: [
        {
          ...axis,
          values: (/** @type {any} */ _, /** @type {number[]} */ at) =>
            at.map((each) => runs[each]?.timeline ?? ""),
        },
        {
          ...axis,
          size: 70,
          values: (/** @type {any} */ _, /** @type {number[]} */ at) =>
            at.map((each) => duration(each * 1e9)),
        },
      ],
      bands: [{ series: [2, 3], fill: theme.shade }],
      series: [
        {},
        { stroke: theme.bars[0], width: 1.5, points: { show: true, size: 6, fill: theme.paper } },
        { stroke: theme.muted, width: 1, dash: [4, 3], points: { show: false } },
        { stroke: theme.muted, width: 1, points: { show: false } },
      ],
      hooks: {
        draw: [(/** @type {any} */ plot) => drawChanges(plot, runs, changed, theme.failed)],
        ready: [(/** @type {any} */ plot) => this.#listen(plot, runs)],
      },
    };
  }

  /**
   * @param {any} plot
   * @param {Run[]} runs
   */
  #listen(plot, runs) {
    plot.over.addEventListener("click", (/** @type {MouseEvent} */ { shiftKey }) => {
      const run = runs[plot.cursor.idx ?? -1];
      if (run) this.#onChoose(run.timeline, shiftKey);
    });
  }
}

/**
 * Columns as uPlot takes them: places, durations, 90th percentile, median.
 * @param {History} history
 */
function dataOf({ runs, judged }) {
  const level = (/** @type {number | null | undefined} */ seconds) => runs.map(() => seconds ?? null);
  return [
    runs.map((_, at) => at),
    runs.map((run) => run.duration_seconds),
    level(judged?.p90_seconds),
    level(judged?.median_seconds),
  ];
}

/**
 * A line before each run from which on it took another time.
 * @param {any} plot
 * @param {Run[]} runs
 * @param {Set<string>} changed
 * @param {string} colour
 */
function drawChanges(plot, runs, changed, colour) {
  const { ctx: context, bbox: box } = plot;
  context.save();
  context.strokeStyle = colour;
  context.setLineDash([5, 4]);
  runs.forEach(({ timeline }, at) => {
    if (!changed.has(timeline)) return;
    const x = Math.round(plot.valToPos(at - 0.5, "x", true)) + 0.5;
    context.beginPath();
    context.moveTo(x, box.top);
    context.lineTo(x, box.top + box.height);
    context.stroke();
  });
  context.restore();
}
