import assert from "node:assert/strict";
import test from "node:test";

import { incomplete, skew } from "../page/texts.js";

const nothing = { packets: 0, messages: 0, dropped: 0, at_least: false };

test("a whole timeline needs no words", () => {
  assert.equal(incomplete(nothing), "");
});

test("what was lost and what was dropped are told apart", () => {
  const lost = { ...nothing, packets: 3, messages: 123 };
  assert.equal(incomplete(lost), "incomplete: 3 packets (123 messages) lost");
  assert.equal(incomplete({ ...nothing, dropped: 1 }), "incomplete: 1 message dropped by senders");
  assert.equal(
    incomplete({ ...lost, dropped: 7 }),
    "incomplete: 3 packets (123 messages) lost, 7 messages dropped by senders",
  );
});

test("of an older sender the messages are not known", () => {
  const lost = { ...nothing, packets: 1, at_least: true };
  assert.equal(incomplete(lost), "incomplete: at least 1 packet lost");
});

test("what may be incomplete is not called whole", () => {
  assert.equal(incomplete({ ...nothing, at_least: true }), "may be incomplete");
});

test("clocks that disagree are told of, those that agree are not", () => {
  const clock = { host: "a", offset_seconds: -7200.0421, uncertainty_seconds: 0.0015, applied: true };
  const agrees = { host: null, offset_seconds: 0.001, uncertainty_seconds: 0.25, applied: false };
  const skewed = { corrected: true, applied: 1, clocks: [clock, agrees] };
  assert.equal(skew.note(skewed), "clocks of 1 host corrected");
  assert.equal(skew.note({ ...skewed, corrected: false, applied: 2 }), "clocks of 2 hosts disagree");
  assert.equal(skew.note({ corrected: false, applied: 0, clocks: [agrees] }), "");
  assert.equal(skew.detail(skewed), "a: −7200.042 s ± 0.002 s");
});
