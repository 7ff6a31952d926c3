import assert from "node:assert/strict";
import { test } from "node:test";

import { layRows, ROW_HEIGHT, rowHeight, select } from "../page/model/rows.js";
import { TimelineModel } from "../page/model/timeline.js";
import { event } from "./events.js";

const model = new TimelineModel();
model.apply([
  event("build.compile.serde", 0, 2),
  event("build.compile.axum", 1, 3),
  event("build.link", 3, 5),
  event("test.v1\\.2.run", 5, 9),
  event("test.v1\\.2.run", 6, 9),
  event("test.v1\\.2.run", 7, 9),
]);
const open = () => false;

/** @param {import("../page/model/rows.js").Rows} rows */
const names = (rows) => rows.nodes.map((node) => model.tree.name[node]);

test("rows are the tree from top to bottom", () => {
  assert.deepEqual(names(layRows(model, open, null)), [
    "build",
    "build.compile",
    "build.compile.serde",
    "build.compile.axum",
    "build.link",
    "test",
    "test.v1\\.2",
    "test.v1\\.2.run",
  ]);
});

test("what is below a folded row is not there", () => {
  const folded = (/** @type {number} */ node) => model.tree.name[node] === "build";
  assert.deepEqual(names(layRows(model, folded, null)).slice(0, 2), ["build", "test"]);
});

test("a filter keeps matches, what is below them, and their ancestors", () => {
  assert.deepEqual(names(layRows(model, open, select(model, "COMPILE"))), [
    "build",
    "build.compile",
    "build.compile.serde",
    "build.compile.axum",
  ]);
  assert.deepEqual(names(layRows(model, open, select(model, "compile.ax"))), [
    "build",
    "build.compile",
    "build.compile.axum",
  ]);
  assert.equal(layRows(model, open, select(model, "nothing")).length, 0);
});

test("a filter is matched against names as people read them", () => {
  assert.equal(layRows(model, open, select(model, "v1.2.run")).length, 3);
});

test("each height belongs to its row", () => {
  const rows = layRows(model, open, null);
  assert.equal(rows.at(-10), 0);
  for (let row = 0; row < rows.length; row++) {
    assert.equal(rows.at(rows.tops[row]), row);
    assert.equal(rows.at(rows.tops[row + 1] - 1), row);
    assert.equal(rows.rowOf(rows.nodes[row]), row);
  }
  assert.equal(rows.at(rows.height + 100), rows.length - 1);
});

test("rows grow with their lanes", () => {
  assert.equal(rowHeight(0), ROW_HEIGHT);
  assert.equal(rowHeight(1), ROW_HEIGHT);
  assert.ok(rowHeight(3) > ROW_HEIGHT);
  assert.ok(rowHeight(32) > rowHeight(16));
});
