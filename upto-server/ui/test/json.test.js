import assert from "node:assert/strict";
import { test } from "node:test";

import { parseExactly } from "../page/api/json.js";

test("long ids keep every digit, short ones stay numbers", () => {
  const parsed = parseExactly(
    '{"events":[{"id":18446744073709551615},{"id":18446744073709551614},{"id": 7}]}',
  );
  assert.deepEqual(parsed.events, [
    { id: "18446744073709551615" },
    { id: "18446744073709551614" },
    { id: 7 },
  ]);
});

test("texts that look like ids stay as they are", () => {
  const message = '"id":18446744073709551615';
  assert.deepEqual(parseExactly(JSON.stringify({ id: 1, message })), { id: 1, message });
  assert.deepEqual(parseExactly(JSON.stringify({ uuid: 1e20 })), { uuid: 1e20 });
});

test("what is not JSON is refused", () => {
  assert.throws(() => parseExactly("<html>"), SyntaxError);
});
