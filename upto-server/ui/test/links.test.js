import assert from "node:assert/strict";
import { test } from "node:test";

import { isAddress } from "../page/links.js";

test("only whole addresses of pages are links", () => {
  for (const text of ["https://ci.example/run/7?a=1&b=<x>", "http://localhost:8080", "HTTPS://CI.EXAMPLE/#x"])
    assert.ok(isAddress(text), text);
  const others = [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "see https://ci.example",
    "https://ci.example and more",
    " https://ci.example",
    "https://",
    "//ci.example",
    "",
    `https://ci.example/${"x".repeat(5000)}`,
  ];
  for (const text of others) assert.ok(!isAddress(text), text);
});
