// A check over time: the least, the middle and the greatest value over all hosts.

import { element } from "../dom.js";
import { loadLibrary } from "../panel/history-chart.js";
import { onThemeChange, readTheme } from "../picture/theme.js";
import { amount } from "./amount.js";
import { fleet as words } from "../texts.js";

/** @typedef {{name: string, unit: string, chart: {times: string[], min: (number | null)[],
 *   median: (number | null)[], max: (number | null)[]}}} Charted */

const HEIGHT = 200;

export class FleetChart {
  #title = element("h3", {});
  #plotted = element("div", { class: "chart", role: "img" });
  #close = element("button", { type: "button" }, words.close);
  element = element("section", { class: "fleet-chart", hidden: "" }, this.#title, this.#close, this.#plotted);
  /** @type {any} */
  #plot = null;
  /** @type {Charted | null} */
  #charted = null;

  /** @param {() => void} onClose */
  constructor(onClose) {
    this.#close.addEventListener("click", onClose);
    onThemeChange(() => this.#charted && this.show(this.#charted));
    new ResizeObserver(() => this.#fit()).observe(this.#plotted);
  }

  #fit() {
    const width = this.#plotted.clientWidth;
    if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  /** @param {Charted | null} charted Null: nothing is shown. */
  async show(charted) {
    const isSame = charted !== null && this.#charted?.name === charted.name && this.#plot;
    this.#charted = charted;
    this.element.hidden = charted === null;
    if (charted === null) return;
    this.#title.textContent = charted.name;
    this.#plotted.setAttribute("aria-label", words.chart(charted.name));
    if (isSame) return this.#plot.setData(dataOf(charted));
    const Plot = await loadLibrary();
    if (this.#charted !== charted) return;
    this.#plot?.destroy();
    this.#plotted.replaceChildren();
    this.#plot = new Plot(this.#options(charted), dataOf(charted), this.#plotted);
  }

  /** @param {Charted} charted */
  #options({ unit }) {
    const theme = readTheme();
    const axis = {
      stroke: theme.muted,
      grid: { stroke: theme.line, width: 1 },
      ticks: { stroke: theme.line, width: 1 },
    };
    const values = (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((value) => amount(value, unit));
    const edge = { stroke: theme.muted, width: 1, points: { show: false } };
    return {
      width: this.#plotted.clientWidth || 600,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false },
      axes: [axis, { ...axis, size: 80, values }],
      bands: [{ series: [3, 1], fill: theme.shade }],
      series: [{}, edge, { stroke: theme.bars[0], width: 1.5, points: { show: false } }, edge],
    };
  }
}

/**
 * Columns as uPlot takes them: times in seconds, the least, the middle, the greatest.
 * @param {Charted} charted
 */
function dataOf({ chart }) {
  return [chart.times.map((time) => Date.parse(time) / 1000), chart.min, chart.median, chart.max];
}
