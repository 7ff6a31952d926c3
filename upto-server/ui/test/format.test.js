import assert from "node:assert/strict";
import { test } from "node:test";

import { duration, exactSeconds, runningDuration } from "../page/format.js";

test("durations have about three digits and the unit that suits them", () => {
  const cases = /** @type {[number, string][]} */ ([
    [0, "0 s"],
    [0.4, "0 ns"],
    [850, "850 ns"],
    [999.6, "1.00 µs"],
    [12_345, "12.3 µs"],
    [999_600, "1.00 ms"],
    [456_000_000, "456 ms"],
    [1_234_000_000, "1.23 s"],
    [59_940_000_000, "59.9 s"],
    [59_960_000_000, "1m 00s"],
    [918e9, "15m 18s"],
    [3_599.6e9, "1h 00m"],
    [4_020e9, "1h 07m"],
    [273_600e9, "3d 04h"],
    [-5e9, "-5.00 s"],
  ]);
  for (const [nanoseconds, text] of cases) assert.equal(duration(nanoseconds), text);
});

test("a running duration never shows more than has passed", () => {
  assert.equal(runningDuration(-5), "0.0 s");
  assert.equal(runningDuration(1_290_000_000), "1.2 s");
  assert.equal(runningDuration(59_999_999_999), "59.9 s");
  assert.equal(runningDuration(61_990_000_000), "1m 01s");
});

test("exact seconds keep every digit and no more", () => {
  assert.equal(exactSeconds(30_876_543_211), "30.876543211 s");
  assert.equal(exactSeconds(1_500_000_000), "1.5 s");
  assert.equal(exactSeconds(2e9), "2 s");
  assert.equal(exactSeconds(-1), "-0.000000001 s");
});
