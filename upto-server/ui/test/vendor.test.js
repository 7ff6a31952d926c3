import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const UI = new URL("../", import.meta.url);

test("what is vendored is what README.md says", async () => {
  const readme = await readFile(new URL("README.md", UI), "utf8");
  const lines = [...readme.matchAll(/^\| `(vendor\/\S+)` \| .* \| `([0-9a-f]{64})` \|$/gm)];
  assert.ok(lines.length >= 3);
  for (const [, path, hash] of lines) {
    const content = await readFile(new URL(`page/${path}`, UI));
    assert.equal(createHash("sha256").update(content).digest("hex"), hash, path);
  }
});
