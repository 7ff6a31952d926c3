import assert from "node:assert/strict";
import { test } from "node:test";

import { plan } from "../page/model/plan.js";
import { TimelineModel } from "../page/model/timeline.js";
import { changeOf } from "../page/picture/baseline.js";
import { event } from "./events.js";

const SECOND = 1e9;

/** @param {import("./events.js").ApiEvent[]} events */
function modelOf(events) {
  const model = new TimelineModel();
  model.apply(events);
  return model;
}

test("what is to come has rows in its place, and no extent", () => {
  const model = modelOf([event("a.b", 0, 5), event("a.z", 20, null)]);
  const { last } = model;
  const before = model.structure;
  plan(model, [{ name: "a.c.d", begin: model.first + 10 * SECOND }]);
  assert.ok(model.structure > before);
  const a = model.tree.find("a");
  assert.deepEqual(
    model.tree.children[a].map((child) => model.tree.name[child]),
    ["a.b", "a.c", "a.z"],
  );
  assert.equal(model.tree.isPlanned(model.tree.find("a.c")), true);
  assert.equal(model.last, last);
});

test("once it comes, it is where it came", () => {
  const model = modelOf([event("a", 0, null)]);
  const begin = model.first + 10 * SECOND;
  plan(model, [{ name: "b.c", begin }]);
  assert.equal(model.first, model.tree.first[model.tree.find("a")]);
  model.apply([event("b.c", 15, 17)]);
  const node = model.tree.find("b.c");
  assert.equal(model.tree.isPlanned(node), false);
  assert.equal(model.tree.first[node] - model.first, 15 * SECOND);
  assert.equal(model.tree.first[model.tree.find("b")] - model.first, 15 * SECOND);
});

test("a row is compared with the row of its name", () => {
  const baseline = {
    model: modelOf([event("a", 0, 10), event("a.b", 0, 4), event("a.b", 4, 8)]),
    byRow: false,
  };
  const model = modelOf([event("a", 100, 115), event("a.b", 100, 104), event("a.new", 104, 110)]);
  const change = (/** @type {string} */ name) => changeOf(model, model.tree.find(name), baseline, 0);
  assert.equal(change("a"), 0.5);
  assert.equal(change("a.b"), -0.5);
  assert.equal(change("a.new"), Infinity);
});
