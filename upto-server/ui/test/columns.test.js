import assert from "node:assert/strict";
import { test } from "node:test";

import { chunkOf, chunksOf, numbersOf, pairsOf } from "../page/api/columns.js";
import { Loader } from "../page/model/loader.js";
import { TimelineModel } from "../page/model/timeline.js";
import { bin, encode } from "./msgpack.js";
import { event } from "./events.js";

/**
 * A column as COLUMNS.md has it: byte planes of zigzagged numbers.
 * @param {(number | bigint)[]} values
 */
function column(values) {
  const zigzagged = values.map((value) => {
    const whole = BigInt(value);
    return BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n));
  });
  const width = zigzagged.reduce((most, each) => Math.max(most, Math.ceil(each.toString(16).length / 2)), 1);
  const bytes = [width];
  for (let plane = 0n; plane < width; plane++)
    for (const each of zigzagged) bytes.push(Number((each >> (8n * plane)) & 255n));
  return bin(Uint8Array.from(bytes));
}

const BASE = BigInt(Date.parse("2026-11-21T00:00:00Z")) * 1_000_000n;

/** Two events with ids that differ in the last digits only, one without an id, one that is open. */
const CHUNK = {
  version: 1,
  place: 0,
  count: 4,
  from: BASE,
  names: ["a", "a.b"],
  hosts: ["h", ""],
  name: column([0, 1, 1, 1]),
  host: column([0, 0, 1, 0]),
  start: column([0, 1e9, 1e9, 5]),
  duration: column([4e9, 1e9, 0, 0]),
  state: column([1 | 8 | 16, 5 | 8 | 16, 3 | 16, 2 | 8]),
  lane: column([1, 1, 0, 2]),
  id: column([-1n, -1n, 7n]),
  parent: column([]),
};

/** @param {Uint8Array} bytes @param {number} size */
async function* pieces(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** @param {Uint8Array} bytes @param {number} size */
async function modelOf(bytes, size) {
  const model = new TimelineModel();
  const loader = new Loader(model);
  for await (const chunk of chunksOf(pieces(bytes, size))) loader.add(chunk);
  return model;
}

test("numbers come back from their planes", () => {
  const values = [0, -1, 1, 127, -128, 2 ** 31, -(2 ** 40), 2 ** 51];
  assert.deepEqual([...numbersOf(column(values).bytes)], values);
  assert.deepEqual([...numbersOf(column([]).bytes)], []);
  assert.throws(() => numbersOf(Uint8Array.of(2, 1, 2, 3)), RangeError);
});

test("numbers of 64 bits come back to the last one", () => {
  const values = [0n, -1n, 1n << 62n, -(1n << 63n), 9007199254740993n];
  const { low, high } = pairsOf(column(values).bytes);
  values.forEach((value, at) => {
    assert.equal(BigInt.asIntN(64, (BigInt(high[at]) << 32n) | BigInt(low[at])), value);
  });
});

test("an answer is read in whatever pieces it comes", async () => {
  const bytes = encode(CHUNK);
  for (const size of [1, 7, bytes.length]) {
    const { events, tree, hosts, open } = await modelOf(bytes, size);
    assert.equal(events.length, 4);
    assert.deepEqual(tree.name, ["a", "a.b"]);
    assert.deepEqual(hosts, ["h"]);
    assert.equal(open, 1);
    assert.equal(events.idOf(0), "18446744073709551615");
    assert.equal(events.idOf(1), "18446744073709551614");
    assert.equal(events.idOf(2), "0");
    assert.equal(events.idOf(3), "5");
    assert.deepEqual([...events.start.subarray(0, 4)], [0, 1e9, NaN, 2e9 + 5]);
    assert.deepEqual([...events.end.subarray(0, 4)], [4e9, 2e9, 2e9, NaN]);
  }
});

test("an answer that is cut off, or none, is told", async () => {
  const bytes = encode(CHUNK);
  await assert.rejects(modelOf(bytes.subarray(0, bytes.length - 1), 64));
  assert.throws(() => chunkOf(new Map([["version", 2]])), RangeError);
  assert.throws(() => chunkOf(null), RangeError);
});

test("what the stream tells of an event that came as a column is the same event", async () => {
  const model = await modelOf(encode(CHUNK), 4096);
  model.apply([
    event("a", 0, 6, { host: "h", id: "18446744073709551615" }),
    event("a.b", null, 2, { id: 0 }),
    event("a.b", 2.000000005, 9, { host: "h", id: 6 }),
  ]);
  assert.equal(model.events.length, 5, "only the id that is another one is new");
  assert.equal(model.events.end[0], 6e9);
});

test("hosts below names, each with a row of its own", async () => {
  const model = new TimelineModel("below");
  const loader = new Loader(model);
  for await (const chunk of chunksOf(pieces(encode(CHUNK), 4096))) loader.add(chunk);
  const row = model.find("a.b", "h");
  assert.equal(model.tree.segment[row], "@h");
  assert.equal(model.nameOf(row), "a.b");
  assert.equal(model.nameOf(model.tree.parent[row]), "a.b");
  // What has no host is in the row of the name itself; a host that is not there leads there too.
  assert.equal(model.find("a.b", undefined), model.tree.parent[row]);
  assert.equal(model.find("a.b", "nowhere"), model.tree.parent[row]);
  assert.equal(model.tree.own[model.tree.parent[row]], 1);
});

test("hosts above names", async () => {
  const model = new TimelineModel("host");
  const loader = new Loader(model);
  for await (const chunk of chunksOf(pieces(encode(CHUNK), 4096))) loader.add(chunk);
  assert.deepEqual(
    model.tree.roots.map((root) => model.tree.segment[root]),
    ["h", ""],
  );
  const node = model.find("a.b", "h");
  assert.equal(model.nameOf(node), "a.b");
  assert.equal(model.nameOf(model.tree.roots[0]), null);
});

test("times that came rounded are told in nanoseconds, and found by exact ones", async () => {
  const rounded = { ...CHUNK, grain: 1000, start: column([0, 1e6, 1e6, 0]), duration: column([4e6, 1e6, 0, 0]) };
  const model = await modelOf(encode(rounded), 64);
  const { events } = model;
  assert.deepEqual([...events.start.subarray(0, 2)], [0, 1e9]);
  assert.deepEqual([events.end[0], events.end[2]], [4e9, 2e9]);
  // The third has no id: its time says which it is.
  model.apply([event("a.b", null, 2, { end: "2026-11-21T00:00:02.000000999Z" })]);
  assert.equal(events.length, 4);
  assert.equal(events.end[2], 2e9 + 999);
  model.apply([event("a.b", null, 2, { end: "2026-11-21T00:00:02.000000998Z" })]);
  assert.equal(events.length, 4);
  await assert.rejects(modelOf(encode({ ...CHUNK, grain: 0 }), 64), RangeError);
});
