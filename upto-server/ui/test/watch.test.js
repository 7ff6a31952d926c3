import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, partOf, wholeSeconds } from "../page/format.js";
import { byUrgency, dueWords } from "../page/watch/due.js";
import { Lines } from "../page/watch/lines.js";
import { sharesOf } from "../page/watch/shares.js";

const NOW = Date.parse("2026-11-21T12:00:00Z");

/** @param {number | null} seconds From now on. */
const at = (seconds) => (seconds === null ? null : new Date(NOW + seconds * 1000).toISOString());

/** @param {string} state @param {number | null} expected @param {number | null} deadline */
const due = (state, expected, deadline) =>
  dueWords(
    {
      state: /** @type {any} */ (state),
      since: at(-90) ?? "",
      expected: at(expected),
      deadline: at(deadline),
    },
    NOW,
  );

test("a heartbeat counts down, is late, and is dead", () => {
  assert.equal(due("up", 42, 50), "in 42 s");
  assert.equal(due("up", 90, 90), "in 1m 30s");
  assert.equal(due("late", -12, 48), "late for 12 s, dead in 48 s");
  assert.equal(due("up", -1, -1), "due");
  assert.equal(due("dead", null, null), "for 1m 30s");
  assert.equal(due("paused", null, null), "");
});

test("what is dead comes first, else names decide", () => {
  const of = (/** @type {string} */ service, /** @type {string} */ state, run = "") =>
    /** @type {any} */ ({ service, state, run });
  const sorted = [of("b", "up"), of("a", "up", "2"), of("a", "up", "1"), of("z", "dead"), of("y", "late")];
  sorted.sort(byUrgency);
  assert.deepEqual(
    sorted.map(({ service, run }) => service + run),
    ["z", "y", "a1", "a2", "b"],
  );
});

/** @param {number} second */
const line = (second, message = "m") => ({
  time: `2026-11-21T00:00:0${second}.000000000Z`,
  service: "s",
  level: 0,
  message,
  alert: false,
});

test("a line comes once, and where it belongs by its time", () => {
  const lines = new Lines(3);
  assert.ok(lines.addOldest(line(4)));
  assert.ok(lines.addOldest(line(2)));
  assert.ok(!lines.addOldest(line(2)));
  assert.equal(lines.add(line(4)), -1);
  assert.equal(lines.add(line(5)), 0);
  assert.equal(lines.add(line(3)), 2);
  assert.equal(lines.add(line(4, "other")), 1);
  assert.equal(lines.drop(), 2);
  assert.deepEqual(
    lines.all.map(({ time, message }) => time.slice(18, 19) + message),
    ["5m", "4other", "4m"],
  );
  assert.equal(lines.add(line(2)), 3, "what was dropped may come again");
});

test("many answers are few bars, and none that failed is lost", () => {
  const answers = Array.from({ length: 100 }, (_, number) => ({
    time: "",
    latency_seconds: number,
    problem: number === 50 ? "refused" : null,
  }));
  const bars = sharesOf(answers, 48);
  assert.ok(bars.length <= 48);
  assert.equal(bars.at(-1)?.share, 1);
  assert.equal(
    bars.reduce((sum, { failed }) => sum + failed, 0),
    1,
  );
  assert.deepEqual(sharesOf([], 48), []);
});

test("parts are never more than they are, sizes have three digits", () => {
  assert.equal(partOf(1), "100 %");
  assert.equal(partOf(0.99999), "99.99 %");
  assert.equal(partOf(0.5), "50 %");
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(850), "850 B");
  assert.equal(bytes(1_234_567), "1.23 MB");
  assert.equal(wholeSeconds(-5), "0 s");
});
