import assert from "node:assert/strict";
import { test } from "node:test";

import { EVERYTHING, formatView, parseView } from "../page/state/view.js";

/** @param {Partial<import("../page/state/view.js").View>} patch */
const roundTrip = (patch) => parseView(`#${formatView({ ...EVERYTHING, ...patch })}`);

test("the usual view has an empty address", () => {
  assert.equal(formatView(EVERYTHING), "");
  assert.deepEqual(parseView(""), EVERYTHING);
  assert.deepEqual(parseView("#"), EVERYTHING);
});

test("a view comes back from its address", () => {
  /** @type {import("../page/state/view.js").View} */
  const view = {
    page: "timelines",
    context: "build",
    timeline: "1234",
    from: 1.5,
    to: 30.876543211,
    folded: new Set(["a.b", "a.c"]),
    level: 2,
    filter: "serde",
    least: 0.01,
    grouping: "below",
    raw: true,
    names: 320,
    row: "a.b",
    id: "18446744073709551615",
    panel: "causes",
    compare: "1233",
    byRow: true,
    stacked: true,
    path: true,
    marks: [0.5, 2],
    search: "main",
    states: "failed",
    service: "^web",
    message: "a|b c",
    grave: -3,
    since: "2026-11-21T02:47:39.000Z",
    until: "2026-11-22T02:47:39.000Z",
  };
  assert.deepEqual(roundTrip(view), view);
});

test("whatever a name contains comes back", () => {
  for (const name of [
    "",
    "a&b=c#d?e",
    "../x/y",
    "<img src=x onerror=alert(1)>",
    "שלום",
    "🚀 +%20",
    "line\nbreak",
  ]) {
    const view = roundTrip({ context: name, timeline: name, folded: new Set([name]), filter: name });
    assert.equal(view.context, name);
    assert.equal(view.timeline, name);
    assert.deepEqual([...view.folded], [name]);
    assert.equal(view.filter, name);
  }
});

test("what is not understood is as usual", () => {
  for (const fragment of [
    "from=5",
    "from=5&to=5",
    "from=x&to=y",
    "from=&to=",
    "from=Infinity&to=9",
    "timeline=1",
    "grave=1.5",
    "grave=3000000000",
    "since=soon",
    "%%%",
  ]) {
    assert.deepEqual(parseView(fragment), EVERYTHING, fragment);
  }
});

test("times keep nanoseconds and lose needless zeros", () => {
  assert.equal(formatView({ ...EVERYTHING, from: -0.5, to: 1e-9 }), "from=-0.5&to=0.000000001");
  assert.equal(formatView({ ...EVERYTHING, from: 0, to: 100 }), "from=0&to=100");
});

test("an address stays short however much is folded", () => {
  const folded = new Set(Array.from({ length: 10_000 }, (_, at) => `some.name.${at}`));
  assert.ok(formatView({ ...EVERYTHING, folded }).length < 8000);
});
