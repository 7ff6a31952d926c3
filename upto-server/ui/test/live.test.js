import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { LiveStream } from "../page/api/live.js";

/** What a browser has, as far as the stream uses it. */
class FakeSource extends EventTarget {
  static CLOSED = 2;
  /** @type {FakeSource[]} */
  static all = [];
  readyState = 1;

  /** @param {string} href */
  constructor(href) {
    super();
    this.href = href;
    FakeSource.all.push(this);
  }

  close() {
    this.readyState = FakeSource.CLOSED;
  }

  tell(kind, lastEventId, data) {
    this.dispatchEvent(Object.assign(new Event(kind), { lastEventId, data: JSON.stringify(data) }));
  }

  break(readyState) {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

let told;
let stream;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.EventSource = FakeSource;
  globalThis.document = { baseURI: "http://server/ui/" };
  FakeSource.all = [];
  told = [];
  stream = new LiveStream("/live?skew=raw", {
    onTimeline: (timeline, isFirst) => told.push([timeline.name, isFirst]),
    onEvents: (events) => told.push(events),
    onReset: () => told.push("reset"),
    onConnection: () => {},
  });
  stream.open();
});

afterEach(() => {
  stream.close();
  mock.timers.reset();
});

test("only the first timeline of all connections is the first", () => {
  const [source] = FakeSource.all;
  source.tell("timeline", "1-0", { name: "t" });
  source.tell("events", "1-0", { events: [1] });
  source.break(0);
  source.dispatchEvent(new Event("open"));
  source.tell("timeline", "1-1", { name: "t" });
  assert.deepEqual(told, [["t", true], [1], ["t", false]]);
});

test("a new connection goes on where the last one was", () => {
  FakeSource.all[0].tell("timeline", "1-0", { name: "t" });
  FakeSource.all[0].tell("events", "1-1", { events: [] });
  FakeSource.all[0].break(FakeSource.CLOSED);
  mock.timers.tick(1000);
  assert.equal(FakeSource.all[1].href, "http://server/live?skew=raw&last_event_id=1-1");
  FakeSource.all[1].tell("reset", "0-0", {});
  FakeSource.all[1].tell("timeline", "2-0", { name: "t" });
  assert.deepEqual(told.slice(2), ["reset", ["t", false]]);
});

test("what is opened again by hand begins anew", () => {
  FakeSource.all[0].tell("timeline", "1-0", { name: "t" });
  stream.close();
  stream.open();
  assert.equal(FakeSource.all[1].href, "/live?skew=raw");
  FakeSource.all[1].tell("timeline", "1-0", { name: "t" });
  assert.deepEqual(told, [["t", true], ["t", true]]);
});
