import assert from "node:assert/strict";
import { test } from "node:test";

import { besideOccurrence, occurrencesOf } from "../page/picture/occurrences.js";

/** Two lanes of a row: events by their ids, and when they begin. */
const ids = ["7", "0", "5", "7", "9"];
const starts = [10, 20, 30, 40, 5];
const model = /** @type {any} */ ({
  events: { idOf: (/** @type {number} */ event) => ids[event], from: (/** @type {number} */ event) => starts[event] },
  tree: { lanes: [{ lanes: [[0, 2], [1, 3, 4]] }] },
});

test("occurrences are those that can be chosen, by when they begin", () => {
  const found = occurrencesOf(model, 0);
  assert.deepEqual(found.map(({ id }) => id), ["9", "7", "5"]);
  assert.deepEqual(occurrencesOf(model, 1), []);
});

test("one leads to the next, and the last one to none", () => {
  const found = occurrencesOf(model, 0);
  assert.equal(besideOccurrence(found, null, 1), "9");
  assert.equal(besideOccurrence(found, null, -1), "5");
  assert.equal(besideOccurrence(found, "9", 1), "7");
  assert.equal(besideOccurrence(found, "5", 1), null);
  assert.equal(besideOccurrence(found, "9", -1), null);
});
