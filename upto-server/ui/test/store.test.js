import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { ViewStore } from "../page/state/store.js";

/** A window with a history, and a clock that only moves when told. */
class FakeWindow {
  /** @type {string[]} */
  entries = [""];
  at = 0;
  time = 0;
  /** @type {Map<string, () => void>} */
  listeners = new Map();
  /** @type {(() => void) | null} */
  pending = null;
  location = { pathname: "/", search: "", hash: "" };
  performance = { now: () => this.time };
  history = {
    pushState: (/** @type {null} */ _state, /** @type {string} */ _title, /** @type {string} */ address) => {
      this.entries.splice(++this.at, Infinity, address.slice(1));
      this.location.hash = address.slice(1);
    },
    replaceState: (
      /** @type {null} */ _state,
      /** @type {string} */ _title,
      /** @type {string} */ address,
    ) => {
      this.entries[this.at] = this.location.hash = address.slice(1);
    },
  };

  addEventListener(/** @type {string} */ type, /** @type {() => void} */ listener) {
    this.listeners.set(type, listener);
  }

  setTimeout(/** @type {() => void} */ task) {
    this.pending = task;
    return 1;
  }

  clearTimeout() {
    this.pending = null;
  }

  /** Lets time go by, and what is due happen. @param {number} milliseconds */
  pass(milliseconds) {
    this.time += milliseconds;
    this.pending?.();
  }

  back() {
    this.location.hash = this.entries[--this.at];
    this.listeners.get("popstate")?.();
  }
}

function begin(hash = "") {
  const fake = new FakeWindow();
  fake.location.hash = fake.entries[0] = hash;
  return { fake, store: new ViewStore(/** @type {any} */ (fake)) };
}

test("the view begins as the address says", () => {
  const { store } = begin("#context=build&from=1&to=2");
  assert.equal(store.view.context, "build");
  assert.equal(store.view.to, 2);
});

test("a change is told at once and written soon", () => {
  const { fake, store } = begin();
  const listener = mock.fn();
  store.subscribe(listener);
  store.change("filter", { filter: "x" });
  assert.equal(store.view.filter, "x");
  assert.equal(listener.mock.callCount(), 1);
  assert.equal(fake.location.hash, "");
  fake.pass(150);
  assert.equal(fake.location.hash, "#filter=x");
});

test("a drag is one step back, two things done are two", () => {
  const { fake, store } = begin();
  for (let at = 1; at < 20; at++) {
    store.change("pan", { from: at, to: at + 5 });
    fake.pass(160);
  }
  store.change("fold", { folded: new Set(["a"]) });
  fake.pass(160);
  assert.deepEqual(fake.entries, ["", "#from=19&to=24", "#from=19&to=24&fold=a"]);
});

test("the same thing done again after a while is another step", () => {
  const { fake, store } = begin();
  store.change("zoom", { from: 1, to: 2 });
  fake.pass(160);
  fake.time += 5000;
  store.change("zoom", { from: 1, to: 1.5 });
  fake.pass(160);
  assert.equal(fake.entries.length, 3);
});

test("what was not written yet is written before another kind of change", () => {
  const { fake, store } = begin();
  store.change("zoom", { from: 1, to: 2 });
  store.change("filter", { filter: "x" });
  fake.pass(150);
  assert.deepEqual(fake.entries, ["", "#from=1&to=2", "#from=1&to=2&filter=x"]);
});

test("going back brings the earlier view back and writes nothing", () => {
  const { fake, store } = begin();
  store.change("choose", { context: "build" });
  fake.pass(150);
  fake.time += 5000;
  store.change("choose", { context: "test" });
  fake.pass(150);
  fake.back();
  assert.equal(store.view.context, "build");
  assert.equal(fake.pending, null);
  assert.deepEqual(fake.entries, ["", "#context=build", "#context=test"]);
});

test("what is under way when the page goes is not lost", () => {
  const { fake, store } = begin();
  store.change("filter", { filter: "x" });
  fake.listeners.get("pagehide")?.();
  assert.equal(fake.location.hash, "#filter=x");
});
