import assert from "node:assert/strict";
import { test } from "node:test";

import { State } from "../page/model/states.js";
import { TimelineModel } from "../page/model/timeline.js";
import { Scale } from "../page/picture/scale.js";
import { eachRun } from "../page/picture/runs.js";
import { event } from "./events.js";

/**
 * The runs of the only row, a pixel being a second.
 * @param {import("./events.js").ApiEvent[]} events
 * @param {{from: number, to: number}} range In seconds from the first event.
 * @param {number} now Likewise.
 */
function runsOf(events, range = { from: 0, to: 1000 }, now = 0) {
  const model = new TimelineModel();
  model.apply(events);
  const at = (/** @type {number} */ seconds) => model.first + seconds * 1e9;
  const scale = new Scale({ from: at(range.from), to: at(range.to) }, range.to - range.from);
  /** @type {import("../page/picture/runs.js").Run[]} */
  const runs = [];
  const lane = model.tree.lanes[0]?.lanes[0] ?? [];
  eachRun(model.events, lane, { overlaps: false, least: 0 }, scale, at(now), (run) =>
    runs.push({ ...run, failures: [...run.failures] }),
  );
  return runs;
}

test("bars that can be told apart are drawn apart", () => {
  const runs = runsOf([event("a", 0, 10), event("a", 10, 30), event("a", 40, 41)]);
  assert.deepEqual(
    runs.map(({ left, right, count }) => [left, right, count]),
    [
      [0, 10, 1],
      [10, 30, 1],
      [40, 41, 1],
    ],
  );
});

test("small bars that touch become one run", () => {
  const many = Array.from({ length: 1000 }, (_, at) => event("a", at / 10, at / 10 + 0.05));
  const runs = runsOf(many);
  assert.equal(runs.length, 1);
  assert.equal(runs[0].count, 1000);
  assert.ok(runs[0].right > 99.9);
});

test("a lane never costs more runs than it has pixels", () => {
  const many = Array.from({ length: 50_000 }, (_, at) =>
    event("a", at * 0.02, at * 0.02 + (at % 5 === 0 ? 0.001 : 0.015)),
  );
  assert.ok(runsOf(many).length <= 1000);
});

test("one failure in a run shows as one, where it is", () => {
  const many = Array.from({ length: 100 }, (_, at) =>
    event("a", at, at + 0.5, { state: at === 50 ? "failed" : "done" }),
  );
  const [run] = runsOf(many);
  assert.equal(run.state, State.done);
  assert.deepEqual(run.failures.map(Math.round), [50]);
});

test("a failure that begins a run is not lost", () => {
  const [run] = runsOf([event("a", 0, 0.5, { state: "failed" }), event("a", 1, 1.5)]);
  assert.equal(run.count, 2);
  assert.deepEqual(run.failures, [0]);
});

test("only what reaches into the picture is drawn", () => {
  const many = Array.from({ length: 100 }, (_, at) => event("a", at * 100, at * 100 + 50));
  const runs = runsOf(many, { from: 1020, to: 1320 });
  assert.deepEqual(
    runs.map(({ left }) => Math.round(left)),
    [-20, 80, 180, 280],
  );
});

test("a long bar that began far left is drawn", () => {
  const runs = runsOf([event("a", 0, 5000), event("a", 5000, 5001)], { from: 4000, to: 4100 });
  assert.equal(runs.length, 1);
  assert.equal(runs[0].left, -4000);
});

test("an open bar reaches to now", () => {
  const [run] = runsOf([event("a", 0, null)], undefined, 77);
  assert.equal(Math.round(run.right), 77);
  assert.equal(run.state, State.open);
});
