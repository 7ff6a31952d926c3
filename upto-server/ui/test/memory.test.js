import assert from "node:assert/strict";
import { test } from "node:test";

import { EventTable } from "../page/model/events.js";
import { State } from "../page/model/states.js";
import { TimelineModel } from "../page/model/timeline.js";
import { event } from "./events.js";

/** What the columns of a table that can be seen take for each event, in bytes. @param {EventTable} table */
function bytesPerEvent({ length, start, end, state, node, host, lane, idLow }) {
  const columns = [start, end, state, node, host, lane, idLow];
  return columns.reduce((sum, column) => sum + column.byteLength, 0) / length;
}

/** @param {number} hosts */
function tableOf(hosts) {
  const table = new EventTable();
  for (let at = 0; at < 1000; at++) table.set(table.add(at % 7, (at % hosts) - 1, at, 0), at, at + 1, State.done);
  table.trim();
  return table;
}

test("an event of few hosts takes 27 bytes", () => {
  assert.equal(bytesPerEvent(tableOf(8)), 27);
});

test("hosts take as many bytes as they need and stay who they are", () => {
  assert.equal(bytesPerEvent(tableOf(500)), 28);
  const table = new EventTable();
  const hosts = [-1, 0, 127, 128, -1, 32_767, 32_768, 5];
  for (const host of hosts) table.add(0, host, 0, 0);
  assert.deepEqual([...table.host.slice(0, hosts.length)], hosts);
});

test("ids are exact, whether the first or only a later one is great", () => {
  const table = new EventTable();
  const halves = [[1, 0], [0, 0], [7, 9], [0xffffffff, 0xffffffff], [3, 0]];
  for (const [low, high] of halves) table.add(0, -1, low, high);
  for (let more = 0; more < 100; more++) table.add(0, -1, more, 0);
  table.trim();
  const expected = halves.map(([low, high]) => String((BigInt(high) << 32n) | BigInt(low)));
  assert.deepEqual(halves.map((_, at) => table.idOf(at)), expected);
  assert.equal(table.idOf(table.length - 1), "99");
});

test("each event is in one lane once, in whatever order events come", () => {
  const model = new TimelineModel();
  for (const start of [5, 1, 9, 3, 7, 2, 8]) model.apply([event("a", start, start + 1.5, { id: start })]);
  model.trim();
  const lanes = model.tree.lanes[0]?.lanes ?? [];
  assert.deepEqual(lanes.flat().sort(), [0, 1, 2, 3, 4, 5, 6]);
  for (const lane of lanes) {
    const starts = lane.map((index) => model.events.start[index]);
    assert.deepEqual(starts, [...starts].sort((left, right) => left - right));
  }
});
