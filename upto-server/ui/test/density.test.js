import assert from "node:assert/strict";
import { test } from "node:test";

import { densityOf } from "../page/model/density.js";
import { TimelineModel } from "../page/model/timeline.js";
import { event } from "./events.js";

const SECOND = 1e9;

/** @param {import("./events.js").ApiEvent[]} events */
function modelOf(events) {
  const model = new TimelineModel();
  model.apply(events);
  return model;
}

test("a column tells how many events run in it on the average", () => {
  const model = modelOf([event("a", 0, 10), event("b", 2, 4), event("c", 2.5, 3)]);
  const { running, most } = densityOf(model, model.first, model.first + 10 * SECOND, 10, 0);
  assert.deepEqual([...running], [1, 1, 2.5, 2, 1, 1, 1, 1, 1, 1]);
  assert.equal(most, 2.5);
});

test("what is open runs until now, and what is outside is cut off", () => {
  const model = modelOf([event("a", 0, null), event("b", 8, 20)]);
  const { running } = densityOf(model, model.first, model.first + 10 * SECOND, 5, model.first + 4 * SECOND);
  assert.deepEqual([...running], [1, 1, 0, 0, 1]);
});

test("the whole is the sum of all durations, however small they are", () => {
  const events = Array.from({ length: 500 }, (_, at) => event("a", at / 50, at / 50 + 0.013));
  const model = modelOf(events);
  const { running } = densityOf(model, model.first, model.first + 10 * SECOND, 37, 0);
  const sum = running.reduce((all, each) => all + each, 0) * (10 / 37);
  assert.ok(Math.abs(sum - 500 * 0.013) < 0.01, String(sum));
});

test("failures are noted where they ended", () => {
  const model = modelOf([event("a", 0, 10), event("b", 1, 5.5, { state: "failed" })]);
  const { failed } = densityOf(model, model.first, model.first + 10 * SECOND, 10, 0);
  assert.deepEqual([...failed], [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
});
