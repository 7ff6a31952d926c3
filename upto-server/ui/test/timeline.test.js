import assert from "node:assert/strict";
import { test } from "node:test";

import { State } from "../page/model/states.js";
import { MAX_LANES } from "../page/model/lanes.js";
import { TimelineModel } from "../page/model/timeline.js";
import { event } from "./events.js";

const SECOND = 1e9;

/** @param {import("./events.js").ApiEvent[][]} batches */
function modelOf(...batches) {
  const model = new TimelineModel();
  for (const batch of batches) model.apply(batch);
  return model;
}

/** @param {TimelineModel} model @param {string} name */
const node = (model, name) => model.tree.name.indexOf(name);

/**
 * What a model says, by name: to compare models that came about in different ways.
 * @param {TimelineModel} model
 */
function summary({ base, tree, events, first, last, open }) {
  const rows = tree.name.map((name, at) => [
    name,
    base + tree.first[at] / SECOND,
    base + tree.last[at] / SECOND,
    [tree.own[at], tree.ownTimed[at], tree.open[at], tree.failed[at], tree.unknown[at]],
    tree.total(at, 0) / SECOND,
    tree.lanes[at]?.lanes.length ?? 0,
    tree.lanes[at]?.lanes.map((lane) => lane.map((index) => base + events.from(index) / SECOND)),
    tree.children[at].map((child) => tree.name[child]),
  ]);
  rows.sort();
  return JSON.stringify([base + first / SECOND, base + last / SECOND, open, rows]);
}

test("ancestors are implied and span their descendants", () => {
  const model = modelOf([event("a.b.c", 1, 3), event("a.d", 2, 7)]);
  assert.deepEqual(model.tree.name, ["a", "a.b", "a.b.c", "a.d"]);
  const a = node(model, "a");
  assert.equal(model.tree.own[a], 0);
  assert.equal(model.tree.last[a] - model.tree.first[a], 6 * SECOND);
});

test("an event that comes again changes instead of coming twice", () => {
  const model = modelOf([event("a", 1, null, { id: 7 })]);
  const before = model.structure;
  model.apply([event("a", 1, 4, { id: 7, state: "failed" })]);
  assert.equal(model.events.length, 1);
  assert.equal(model.tree.failed[0], 1);
  assert.equal(model.open, 0);
  assert.equal(model.structure, before, "an end moves no row");
  assert.equal(model.tree.total(0, 99 * SECOND), 3 * SECOND);
});

test("rows are laid out anew only when one comes, moves or grows", () => {
  const model = modelOf([event("a", 0, 10), event("b", 5, 6)]);
  const grows = (/** @type {import("./events.js").ApiEvent} */ each) => {
    const before = model.structure;
    model.apply([each]);
    return model.structure > before;
  };
  assert.equal(grows(event("a", 20, 30)), false, "beside what is there");
  assert.equal(grows(event("a", 25, 35)), true, "a second lane");
  assert.equal(grows(event("c", 40, 41)), true, "a name");
  assert.equal(grows(event("b", -5, -4)), true, "b begins before a");
});

test("without an id the start tells occurrences apart; with one it does not", () => {
  assert.equal(modelOf([event("a", 1, 2), event("a", 3, 4)]).events.length, 2);
  assert.equal(modelOf([event("a", 1, 2, { id: 5 }), event("a", 3, 4, { id: 5 })]).events.length, 1);
  assert.equal(modelOf([event("a", null, 2), event("a", null, 4)]).events.length, 2);
  const points = [event("a", 1, 1, { id: 5, state: "point" }), event("a", 2, 2, { id: 5, state: "point" })];
  assert.equal(modelOf(points).events.length, 2);
});

test("the host is part of what an event is, and names cannot be mixed up with it", () => {
  const model = modelOf([
    event("ab", 1, 2, { host: "c" }),
    event("a", 1, 2, { host: "bc" }),
    event("ab", 1, 2),
  ]);
  assert.equal(model.events.length, 3);
});

test("open events count up to now, others do not", () => {
  const model = modelOf([event("a", 0, null), event("a", 10, 12)]);
  const now = model.events.start[0] + 100 * SECOND;
  assert.equal(model.tree.total(0, now), 102 * SECOND);
  assert.equal(model.until(now), now);
  assert.equal(model.tree.until(0, now), now);
});

test("an unknown start has no duration, a point neither", () => {
  const model = modelOf([event("a", null, 5), event("b", 2, 2, { state: "point" })]);
  assert.ok(Number.isNaN(model.tree.total(0, 0)));
  assert.ok(Number.isNaN(model.tree.total(1, 0)));
  assert.equal(model.tree.unknown[0], 1);
  assert.equal(model.tree.first[0], model.tree.last[0]);
});

test("a failure without a start is a failure", () => {
  const model = modelOf([event("a.b", null, 5, { state: "failed" })]);
  assert.deepEqual(model.states(node(model, "a")), [State.failed]);
});

test("hosts: those of the name itself, or of what is below where it is implied", () => {
  const model = modelOf([
    event("a.b", 0, 1, { host: "x" }),
    event("a.c", 0, 1, { host: "y" }),
    event("a.c.d", 0, 1, { host: "z" }),
  ]);
  const hosts = model.hostsOf(node(model, "a"));
  assert.ok(hosts instanceof Set && hosts.size === 3);
  assert.equal(model.hosts[Number(model.hostsOf(node(model, "a.c")))], "y");
});

test("siblings are in the order of their first event, also when an early one comes late", () => {
  const model = modelOf([event("b", 5, 6), event("a", 7, 8)]);
  assert.deepEqual(
    model.tree.roots.map((root) => model.tree.name[root]),
    ["b", "a"],
  );
  model.apply([event("a.early", 1, 2)]);
  assert.deepEqual(
    model.tree.roots.map((root) => model.tree.name[root]),
    ["a", "b"],
  );
});

test("occurrences that overlap lie in different lanes, others share one", () => {
  const model = modelOf([event("a", 0, 10), event("a", 2, 4), event("a", 5, 8), event("a", 10, 11)]);
  const lanes = model.tree.lanes[0]?.lanes.map((lane) => lane.length);
  assert.deepEqual(lanes, [2, 2]);
});

test("no lane holds events that overlap, in whatever order they come", () => {
  const all = Array.from({ length: 200 }, (_, at) =>
    event("a", (at * 37) % 100, ((at * 37) % 100) + (at % 9), { id: at + 1 }),
  );
  const model = modelOf(all.slice(0, 90), all.slice(90));
  for (const lane of model.tree.lanes[0]?.lanes ?? []) {
    for (let at = 1; at < lane.length; at++)
      assert.ok(model.events.end[lane[at - 1]] <= model.events.start[lane[at]]);
  }
});

test("a row has a bounded number of lanes and loses no event", () => {
  const model = modelOf(Array.from({ length: 100 }, (_, at) => event("a", at / 1000, 10, { id: at + 1 })));
  const lanes = model.tree.lanes[0]?.lanes ?? [];
  assert.equal(lanes.length, MAX_LANES);
  assert.equal(lanes.flat().length, 100);
});

test("a model is the same whichever way its events came", () => {
  /** @type {import("./events.js").ApiEvent[]} */
  const final = [];
  for (let at = 0; at < 60; at++) {
    const start = (at * 29) % 50;
    const state = at % 7 === 0 ? "failed" : at % 11 === 0 ? "cancelled" : "done";
    final.push(
      event(`r.s${at % 3}.t${at % 5}`, start, start + 1 + (at % 4), {
        id: at + 1,
        state,
        host: `h${at % 4}`,
      }),
    );
  }
  const opened = final.map((one) => ({ ...one, end: null, state: /** @type {const} */ ("open") }));
  const expected = summary(modelOf(final));
  assert.equal(summary(modelOf(opened, final)), expected);
  assert.equal(summary(modelOf(final, final)), expected);
  assert.equal(
    summary(
      modelOf(
        ...final
          .slice()
          .reverse()
          .map((one) => [one]),
      ),
    ),
    expected,
  );
  assert.equal(summary(modelOf(...opened.map((one, at) => [one, final[at]]))), expected);
});

test("extents shrink when an event turns out to be shorter", () => {
  const model = modelOf([event("a", 0, 10, { id: 1 }), event("a", 2, 3, { id: 2 })]);
  model.apply([event("a", 1, 4, { id: 1 })]);
  assert.equal(model.last - model.first, 3 * SECOND);
});

test("what has no valid time is refused by name", () => {
  assert.throws(() => modelOf([event("a", 0, 1, { start: "soon" })]), /not a time: soon/);
});
