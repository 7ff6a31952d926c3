import assert from "node:assert/strict";
import { test } from "node:test";

import { clip, splitName, unescapeName } from "../page/model/names.js";

/** @param {string} name */
const texts = (name) => splitName(name).map((step) => step.text);

test("a name is split at its dots", () => {
  assert.deepEqual(texts("build.compile.serde"), ["build", "compile", "serde"]);
  assert.deepEqual(texts("alone"), ["alone"]);
});

test("an escaped dot does not split, an escaped backslash stands for one", () => {
  assert.deepEqual(texts("a\\.b.c"), ["a.b", "c"]);
  assert.deepEqual(texts("a\\\\.b"), ["a\\", "b"]);
  assert.deepEqual(texts("a\\\\\\.b"), ["a\\.b"]);
});

test("a backslash that escapes nothing stands for itself", () => {
  assert.deepEqual(texts("C:\\build\\out.log"), ["C:\\build\\out", "log"]);
  assert.deepEqual(texts("end\\"), ["end\\"]);
});

test("empty segments are segments", () => {
  assert.deepEqual(texts(""), [""]);
  assert.deepEqual(texts(".."), ["", "", ""]);
  assert.deepEqual(texts("a."), ["a", ""]);
});

test("each step says where its name ends", () => {
  const name = "a\\.b.c.d/e";
  assert.deepEqual(
    splitName(name).map((step) => name.slice(0, step.end)),
    ["a\\.b", "a\\.b.c", name],
  );
});

test("the raw segments make up the name again", () => {
  for (const name of ["", "..", "x.y\\.z.\\\\", "C:\\x.y", "🚀.שלום", "<b>.\u0000"]) {
    assert.equal(
      splitName(name)
        .map((step) => step.raw)
        .join("."),
      name,
    );
  }
});

test("unescaping leaves other backslashes alone", () => {
  assert.equal(unescapeName("a\\.b\\\\c\\d"), "a.b\\c\\d");
});

test("clipping never cuts a character in two", () => {
  assert.equal(clip("short", 5), "short");
  assert.equal(clip("longer", 5), "longe…");
  assert.equal(clip("ab🚀cd", 3), "ab…");
  assert.equal(clip("ab🚀cd", 4), "ab🚀…");
});
