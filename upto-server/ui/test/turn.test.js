import assert from "node:assert/strict";
import { test } from "node:test";

import { turnOf } from "../page/answers/turn.js";

/**
 * @param {number[]} durations
 * @param {string} verdict
 * @param {number[]} changes Places of runs.
 */
function history(durations, verdict, changes = []) {
  const runs = durations.map((seconds, at) => ({
    timeline: String(at),
    start: null,
    state: seconds < 0 ? "failed" : "done",
    duration_seconds: Math.abs(seconds),
    _links: {},
  }));
  const judged = { timeline: "", verdict, reason: "", median_seconds: 10, p90_seconds: 11, compared_with: 9 };
  const told = changes.map((at) => ({ timeline: String(at) }));
  return /** @type {any} */ ({ event: null, runs, unreadable: 0, judged, changes: told });
}

test("what the server tells comes first", () => {
  assert.deepEqual(turnOf(history([10, 10, 15, 15, 15], "regression", [2])), { timeline: "2", before: "1" });
});

test("of a change that is too new to be told, the runs at the end tell", () => {
  assert.deepEqual(turnOf(history([10, 15, 10, 10, 13, 14], "regression")), { timeline: "4", before: "3" });
  assert.deepEqual(turnOf(history([10, 10, 8, 7], "improvement")), { timeline: "2", before: "1" });
});

test("failed runs are neither slow nor a base to compare with", () => {
  assert.deepEqual(turnOf(history([10, -2, 13, -1, 13], "regression")), { timeline: "2", before: "0" });
});

test("nothing lasting has no beginning", () => {
  assert.equal(turnOf(history([10, 10, 30], "note")), null);
  assert.equal(turnOf(history([10, 10, 10.5], "regression")), null);
  assert.equal(turnOf({ ...history([10], "usual"), judged: null }), null);
});
