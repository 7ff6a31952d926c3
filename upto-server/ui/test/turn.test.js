import assert from "node:assert/strict";
import { test } from "node:test";

import { turnOf } from "../page/answers/turn.js";

/**
 * @param {number[]} durations
 * @param {string} verdict
 * @param {[place: number, before: number, after: number][]} changes
 * @param {number} usual
 */
function history(durations, verdict, changes = [], usual = 10) {
  const runs = durations.map((seconds, at) => ({
    timeline: String(at),
    start: null,
    state: seconds < 0 ? "failed" : "done",
    duration_seconds: Math.abs(seconds),
    _links: {},
  }));
  const judged = { timeline: "", verdict, reason: "", median_seconds: usual, p90_seconds: 11, compared_with: 9 };
  const told = changes.map(([at, before, after]) => ({
    timeline: String(at),
    before_median_seconds: before,
    after_median_seconds: after,
  }));
  return /** @type {any} */ ({ event: null, runs, unreadable: 0, judged, changes: told });
}

/** The turn without how long it took. @param {ReturnType<typeof history>} told */
function placeOf(told) {
  const turn = turnOf(told);
  return turn && { timeline: turn.timeline, before: turn.before };
}

test("what the server tells comes first", () => {
  const told = history([10, 10, 15, 15, 15], "regression", [[2, 10, 15]]);
  assert.deepEqual(turnOf(told), { timeline: "2", before: "1", was: 10, is: 15 });
});

test("what became usual is still told, with what it was before", () => {
  const runs = [10, 10, 10, ...Array(30).fill(12.5)];
  for (const verdict of ["usual", "note", "unknown"])
    assert.deepEqual(turnOf(history(runs, verdict, [[3, 10, 12.5]])), {
      timeline: "3",
      before: "2",
      was: 10,
      is: 12.5,
    });
});

test("a change that is small, or was taken back, is not told", () => {
  assert.equal(turnOf(history([10, 10, 10.5, 10.5, 10.5], "usual", [[2, 10, 10.5]])), null);
  assert.equal(turnOf(history([10, 15, 15, 10, 10, 10, 10], "usual", [[1, 10, 15]])), null);
  const both = history([10, 15, 15, 10, 10, 10, 10], "usual", [
    [1, 10, 15],
    [3, 15, 10],
  ]);
  assert.deepEqual(placeOf(both), { timeline: "3", before: "2" });
});

test("a small change later does not hide a great one", () => {
  const changes = /** @type {[number, number, number][]} */ ([
    [2, 10, 15],
    [5, 15, 15.5],
  ]);
  const told = history([10, 10, 15, 15, 15, 15.5, 15.5, 15.5], "usual", changes);
  assert.deepEqual(placeOf(told), { timeline: "2", before: "1" });
});

test("of a change that is too new to be told, the runs at the end tell", () => {
  assert.deepEqual(placeOf(history([10, 15, 10, 10, 13, 14], "regression")), { timeline: "4", before: "3" });
  assert.deepEqual(placeOf(history([10, 10, 8, 7], "improvement")), { timeline: "2", before: "1" });
  // An earlier change is what is usual by now.
  const again = history([10, 15, 15, 15, 15, 20, 20], "regression", [[1, 10, 15]], 15);
  assert.deepEqual(turnOf(again), { timeline: "5", before: "4", was: 15, is: 20 });
});

test("failed runs are neither slow nor a base to compare with", () => {
  assert.deepEqual(placeOf(history([10, -2, 13, -1, 13], "regression")), { timeline: "2", before: "0" });
});

test("nothing lasting has no beginning", () => {
  assert.equal(turnOf(history([10, 10, 30], "note")), null);
  assert.equal(turnOf(history([10, 10, 10.5], "regression")), null);
  assert.equal(turnOf({ ...history([10], "usual"), judged: null }), null);
});
