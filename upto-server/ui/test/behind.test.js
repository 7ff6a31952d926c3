import assert from "node:assert/strict";
import { test } from "node:test";

import { behindFor } from "../page/header/behind.js";
import { behind } from "../page/texts.js";

const NOW = Date.parse("2026-11-21T12:00:00Z");

/** @param {string} name @param {number} lag @returns {any} */
const agent = (name, lag) => ({ name, lag_seconds: lag });

/** @param {any[]} agents @param {"running" | "done"} state @param {string | null} last */
function names(agents, state, last) {
  return behindFor(agents, { state, last }, NOW).map(({ name }) => name);
}

test("what runs may lack what any agent that is behind still has", () => {
  const agents = [agent("a", 9), agent("b", 10), agent("c", 300)];
  assert.deepEqual(names(agents, "running", "2026-11-21T11:00:00Z"), ["c", "b"]);
  assert.deepEqual(names(agents, "done", null), ["c", "b"]);
});

test("what has ended may lack what is as old as it", () => {
  const agents = [agent("b", 10), agent("c", 300), agent("d", 7200)];
  assert.deepEqual(names(agents, "done", "2026-11-21T11:58:00Z"), ["d", "c"]);
  assert.deepEqual(names(agents, "done", "2026-11-20T12:00:00Z"), []);
});

test("it is said which are behind, and by how much", () => {
  assert.equal(behind.note([]), "");
  assert.equal(behind.note([{ name: "web-01", time: "5m 03s" }]), "incomplete: agent web-01 is 5m 03s behind");
  const several = [
    { name: "web-01", time: "5m 03s" },
    { name: "web-02", time: "12 s" },
  ];
  assert.equal(behind.note(several), "incomplete: 2 agents are up to 5m 03s behind");
  assert.ok(behind.detail(several).endsWith("web-01: 5m 03s\nweb-02: 12 s"));
});
