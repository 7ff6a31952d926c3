import assert from "node:assert/strict";
import { test } from "node:test";

import { Scale, fitting, panned, zoomed } from "../page/picture/scale.js";

const WHOLE = { from: 0, to: 1e9 };

test("places and times are each other's inverse", () => {
  const scale = new Scale({ from: 100, to: 1100 }, 500);
  assert.equal(scale.x(100), 0);
  assert.equal(scale.x(1100), 500);
  assert.equal(scale.time(scale.x(345)), 345);
});

test("everything fits, with room after the end", () => {
  const { from, to } = fitting(50, 1050);
  assert.ok(from < 50 && to > 1050);
});

test("a timeline of one instant can still be seen", () => {
  const { from, to } = fitting(5, 5);
  assert.ok(from <= 5 && to > 5);
});

test("zooming leaves what is under the pointer where it is", () => {
  const range = zoomed(WHOLE, 3e8, 0.5, WHOLE);
  assert.ok(range);
  assert.equal((3e8 - range.from) / (range.to - range.from), 0.3);
  assert.equal(range.to - range.from, 5e8);
});

test("zooming out beyond everything shows everything", () => {
  assert.equal(zoomed({ from: 1e8, to: 9e8 }, 5e8, 2, WHOLE), null);
});

test("zooming in ends at a microsecond", () => {
  const range = zoomed({ from: 0, to: 2000 }, 1000, 1e-9, WHOLE);
  assert.equal(range && range.to - range.from, 1000);
});

test("panning keeps the span and something to see", () => {
  const far = panned({ from: 0, to: 1e8 }, 1e12, WHOLE);
  assert.equal(far.to - far.from, 1e8);
  assert.ok(far.from < WHOLE.to);
  const back = panned({ from: 0, to: 1e8 }, -1e12, WHOLE);
  assert.ok(back.to > WHOLE.from);
});
