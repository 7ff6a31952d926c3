import assert from "node:assert/strict";
import { test } from "node:test";

import { roundStep, tickLabel, ticks } from "../page/picture/ticks.js";

const SECOND = 1e9;
const measure = (/** @type {string} */ label) => label.length * 7;

test("steps are round", () => {
  const cases = /** @type {[number, number][]} */ ([
    [0.2, 1],
    [3, 5],
    [120, 200],
    [0.7 * SECOND, SECOND],
    [SECOND, SECOND],
    [3 * SECOND, 5 * SECOND],
    [16 * SECOND, 30 * SECOND],
    [31 * SECOND, 60 * SECOND],
    [40 * 60 * SECOND, 3600 * SECOND],
    [7 * 3600 * SECOND, 12 * 3600 * SECOND],
    [3 * 86400 * SECOND, 5 * 86400 * SECOND],
  ]);
  for (const [least, step] of cases) assert.equal(roundStep(least), step);
});

test("labels of one axis have one unit and the digits that tell them apart", () => {
  assert.equal(tickLabel(250e6, 50e6, 900e6), "250 ms");
  assert.equal(tickLabel(1.5 * SECOND, 0.5 * SECOND, 4 * SECOND), "1.5 s");
  assert.equal(tickLabel(90 * SECOND, 30 * SECOND, 600 * SECOND), "1:30");
  assert.equal(tickLabel(90.25 * SECOND, 0.05 * SECOND, 91 * SECOND), "1:30.25");
  assert.equal(tickLabel(3725 * SECOND, 5 * SECOND, 4000 * SECOND), "1:02:05");
  assert.equal(tickLabel(90_000 * SECOND, 3600 * SECOND, 90_000 * SECOND), "1d 01:00");
  assert.equal(tickLabel(-30 * SECOND, 30 * SECOND, 600 * SECOND), "-0:30");
});

test("ticks are multiples of a step, inside the range and apart from each other", () => {
  for (const span of [1e3, 5e4, 3.3e6, 7.7e8, 1e9, 9.2e10, 4e12, 1e15]) {
    for (const from of [-0.02 * span, 0, 3.1 * span]) {
      const marks = ticks(from, from + span, 1000, 90, measure);
      assert.ok(marks.length >= 1 && marks.length <= 12, `${marks.length} ticks`);
      assert.ok(marks.every(({ time }) => time >= from && time <= from + span));
      assert.equal(
        new Set(marks.map(({ label }) => label)).size,
        marks.length,
        marks.map(({ label }) => label).join(),
      );
    }
  }
});

test("labels that are long get more room", () => {
  const marks = ticks(754.0000001 * SECOND, 754.000002 * SECOND, 1000, 20, measure);
  const room = (marks[1].time - marks[0].time) / (1.9e3 / 1000);
  assert.ok(room >= measure(marks[0].label));
});
