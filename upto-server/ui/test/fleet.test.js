// Values of checks, and the small lines of the last ones.

import assert from "node:assert/strict";
import { test } from "node:test";

import { amount } from "../page/fleet/amount.js";
import { linesOf } from "../page/fleet/spark-line.js";
import { textOf } from "../page/fleet/table.js";

test("values have their units", () => {
  assert.equal(amount(1, ""), "1");
  assert.equal(amount(37.46, "%"), "37.5 %");
  assert.equal(amount(0, "bytes/s"), "0 B/s");
  assert.equal(amount(2_500_000, "bytes/s"), "2.5 MB/s");
  assert.equal(amount(12, "jobs"), "12 jobs");
});

test("a line has a gap where nothing was measured", () => {
  assert.deepEqual(linesOf([0, 10, null, 5]), ["0.0,15.0 20.0,1.0", "60.0,8.0"]);
  assert.deepEqual(linesOf([7, 7]), ["0.0,8.0 60.0,8.0"]);
  assert.deepEqual(linesOf([null, null]), []);
  assert.deepEqual(linesOf([]), []);
});

test("what is nearly full says so in words", () => {
  const percent = { name: "disk", unit: "%" };
  const standing = /** @type {any} */ ({ state: "ok", value: 93, problem: null, age_seconds: 1, time: null });
  assert.equal(textOf(percent, standing), "△ 93 %, nearly full");
  assert.equal(textOf(percent, { ...standing, value: 42 }), "42 %");
  assert.equal(textOf(percent, { ...standing, state: "stale" }), "stale, 1.00 s");
});
