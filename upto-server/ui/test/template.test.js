import assert from "node:assert/strict";
import { test } from "node:test";

import { expanded } from "../page/api/template.js";

test("parameters go where the template has a place for them", () => {
  assert.equal(expanded("/a{?by,limit}", { by: "self", limit: 3 }), "/a?by=self&limit=3");
  assert.equal(expanded("/a{?by,limit}", { limit: 3 }), "/a?limit=3");
  assert.equal(expanded("/a{?metadata*}", { metadata: "x=y" }), "/a?metadata=x%3Dy");
});

test("what is null, or has no place, is left out", () => {
  assert.equal(expanded("/a{?by}", { by: null, other: 1 }), "/a");
  assert.equal(expanded("/a", { by: "self" }), "/a");
});

test("an address that has parameters keeps them", () => {
  assert.equal(expanded("/a?skew=raw{&by}", { by: "self" }), "/a?skew=raw&by=self");
});

test("values are data", () => {
  assert.equal(expanded("/a{?event}", { event: "a&b=c#d{?e}" }), "/a?event=a%26b%3Dc%23d%7B%3Fe%7D");
});
