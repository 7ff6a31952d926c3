import assert from "node:assert/strict";
import { test } from "node:test";

import { instantOf, localTime, secondsOf } from "../page/model/instant.js";

const BASE = secondsOf("2026-11-21T02:47:39.999999999Z");

test("times are exact to the nanosecond", () => {
  assert.equal(instantOf("2026-11-21T02:47:39.123456789Z", BASE), 123456789);
  assert.equal(instantOf("2026-11-21T02:47:40.000000001Z", BASE), 1_000_000_001);
  assert.equal(instantOf("2026-11-21T02:47:38.999999999Z", BASE), -1);
  assert.equal(instantOf("2027-02-28T02:47:39.000000001Z", BASE), 99 * 86400 * 1e9 + 1);
});

test("fewer digits mean what they say", () => {
  assert.equal(instantOf("2026-11-21T02:47:39.5Z", BASE), 5e8);
  assert.equal(instantOf("2026-11-21T02:47:39Z", BASE), 0);
});

test("what is no time in UTC is refused", () => {
  for (const text of ["", "yesterday", "2026-11-21T02:47:39.5+01:00", "2026-13-21T02:47:39Z"]) {
    assert.throws(() => secondsOf(text), RangeError, text);
  }
});

test("a local time shows all digits and the offset", () => {
  const text = localTime(123456789, BASE);
  assert.match(text, /^\d{4}-\d\d-\d\d \d\d:\d\d:39\.123456789 [+-]\d\d:\d\d$/);
  assert.match(localTime(-1, BASE), /:38\.999999999 /);
});
