import assert from "node:assert/strict";
import { test } from "node:test";

import { xmlText } from "../page/picture/svg.js";

test("a text has nothing that XML has no place for", () => {
  assert.equal(xmlText("a\u0000b\u0003\u001b[0m\u{fffe}"), "a\u{fffd}b\u{fffd}\u{fffd}[0m\u{fffd}");
  assert.equal(xmlText("half \ud83d of one"), "half \u{fffd} of one");
  assert.equal(xmlText("🚀 \u{202e}שלום <i>&\t\n"), "🚀 \u{202e}שלום <i>&\t\n");
});
