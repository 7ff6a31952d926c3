import assert from "node:assert/strict";
import { test } from "node:test";

import { Late } from "../page/late.js";

const settled = () => new Promise((settle) => setTimeout(settle));

test("what is needed is fetched once, and is there afterwards", async () => {
  let fetched = 0;
  /** @type {string[]} */
  const told = [];
  const late = new Late(
    async () => `the ${++fetched}.`,
    (value) => told.push(value),
  );
  assert.equal(fetched, 0);
  assert.equal(late.want(), null);
  assert.equal(late.want(), null);
  await settled();
  assert.equal(late.want(), "the 1.");
  assert.deepEqual(told, ["the 1."]);
});

test("what could not be fetched is fetched again when it is needed again", async () => {
  let fetched = 0;
  /** @type {unknown[]} */
  const failed = [];
  const late = new Late(
    async () => {
      if (++fetched === 1) throw new Error("gone");
      return fetched;
    },
    () => {},
    (error) => failed.push(error),
  );
  late.want();
  await settled();
  assert.equal(late.value, null);
  assert.equal(failed.length, 1);
  late.want();
  await settled();
  assert.equal(late.want(), 2);
});
