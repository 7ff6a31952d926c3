import assert from "node:assert/strict";
import test from "node:test";

import { incomplete, page, skew, verdict } from "../page/texts.js";

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
  const told = skew.details(skewed);
  assert.deepEqual(told, ["a: −7200.042 s ± 0.002 s"]);
  // By how much is told where people see it, not only where a pointer rests.
  assert.equal(skew.summary("clocks of 1 host corrected", told[0], 0), `clocks of 1 host corrected: ${told[0]}`);
  assert.match(skew.summary("clocks of 3 hosts corrected", told[0], 2), /, and 2 others$/);
});

test("the verdict tells since when it is slower, whatever it is", () => {
  const turn = { timeline: "1218", before: "1217", was: 300, is: 375 };
  assert.equal(verdict.chip("usual", "5m 00s", turn), "✓ as usual, 25 % slower since 1218");
  assert.equal(verdict.chip("note", "5m 00s", turn), "△ this one took long, 25 % slower since 1218");
  assert.equal(verdict.chip("unknown", "5m 00s", { ...turn, is: 240 }), "20 % faster since 1218");
  assert.equal(verdict.chip("regression", "5m 00s", turn), "▲ slower: usually 5m 00s, since 1218");
  assert.equal(verdict.chip("usual", "5m 00s", null), "✓ as usual: usually 5m 00s");
});

test("windows are named after what they show", () => {
  assert.equal(page.title(["Timelines", "shop"]), "Timelines · shop · upto");
  assert.equal(page.title(["Status", false]), "Status · upto");
  assert.equal(page.title([null, undefined]), "upto");
});
