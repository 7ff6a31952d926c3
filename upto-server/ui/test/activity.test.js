import assert from "node:assert/strict";
import { test } from "node:test";

import { Activities, activityOf, eachSpan } from "../page/model/activity.js";
import { TimelineModel } from "../page/model/timeline.js";
import { Scale } from "../page/picture/scale.js";
import { event } from "./events.js";

const SECOND = 1e9;

function folded() {
  const model = new TimelineModel();
  model.apply([
    event("a", 0, 100),
    event("a.b", 0, 2),
    event("a.b.c", 1, 3, { state: "failed" }),
    event("a.d", 10, 20),
    event("a.e", 20.4, 21),
    event("z", 50, 60),
  ]);
  return model;
}

/** @param {TimelineModel} model @param {number} now @param {number} to */
function spans(model, now, to) {
  const scale = new Scale({ from: model.first, to: model.first + to * SECOND }, to);
  /** @type {number[][]} */
  const found = [];
  eachSpan(activityOf(model, 0), scale, model.first + now * SECOND, (...span) => found.push(span));
  return found;
}

test("what overlaps is one span, what is below alone counts", () => {
  assert.deepEqual(spans(folded(), 1000, 1000), [
    [0, 3],
    [10, 21],
  ]);
});

test("spans further apart than a pixel are drawn apart", () => {
  const model = folded();
  const scale = new Scale({ from: model.first, to: model.first + 100 * SECOND }, 1000);
  let drawn = 0;
  eachSpan(activityOf(model, 0), scale, model.last, () => drawn++);
  assert.equal(drawn, 3);
});

test("failures are kept, and what is open ends now", () => {
  const model = folded();
  assert.deepEqual([...activityOf(model, 0).failed], [model.first + 3 * SECOND]);
  model.apply([event("a.f", 30, null)]);
  assert.deepEqual(spans(model, 35, 1000).at(-1), [30, 35]);
});

test("they are made once for a model as it stands", () => {
  const model = folded();
  const activities = new Activities();
  const first = activities.of(model, 0);
  assert.equal(activities.of(model, 0), first);
  model.apply([event("a.g", 40, 41)]);
  assert.notEqual(activities.of(model, 0), first);
});
