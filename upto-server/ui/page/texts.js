// Every English text of the page.

import { count } from "./format.js";

/**
 * @param {number} value
 * @param {string} one
 * @param {string} several
 */
function counted(value, one, several) {
  return `${count(value)} ${value === 1 ? one : several}`;
}

/**
 * A text as one word for a POSIX shell, whatever it contains.
 * @param {string} text
 */
function shellWord(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What each state is called and marked with: never by colour alone. */
export const states = {
  running: { symbol: "●", word: "running" },
  done: { symbol: "✓", word: "done" },
  failed: { symbol: "✕", word: "failed" },
  open: { symbol: "●", word: "running" },
  cancelled: { symbol: "⊘", word: "cancelled" },
  unknown_start: { symbol: "?", word: "start unknown" },
  point: { symbol: "◆", word: "point in time" },
};

export const header = {
  context: "Context",
  timeline: "Timeline",
  none: "none",
  latest: "Latest",
  latestDetail: "follows the newest one",
  filterPlaceholder: "Filter names  ( / )",
  filterLabel: "Show only names that contain this",
  help: "Keys and legend ( ? )",
  loading: (/** @type {number} */ loaded) => `fetched ${counted(loaded, "event", "events")} …`,
  events: (/** @type {number} */ total) => counted(total, "event", "events"),
  open: (/** @type {number} */ open) => `${count(open)} running`,
  failed: (/** @type {number} */ failed) => `${count(failed)} failed`,
};

export const connections = {
  connecting: "connecting",
  live: "live",
  reconnecting: "connection lost, trying again",
  paused: "paused",
};

/**
 * What a timeline lacks, or an empty text.
 * @param {import("./api/types.js").Loss} loss
 */
export function incomplete({ packets, messages, dropped, at_least }) {
  const parts = [];
  const within = messages > 0 ? ` (${counted(messages, "message", "messages")})` : "";
  if (packets > 0) parts.push(`${counted(packets, "packet", "packets")}${within} lost`);
  if (dropped > 0) parts.push(`${counted(dropped, "message", "messages")} dropped by senders`);
  if (parts.length === 0) return at_least ? "may be incomplete" : "";
  return `incomplete: ${at_least ? "at least " : ""}${parts.join(", ")}`;
}

export const skew = {
  /** @type {(skew: import("./api/types.js").Skew) => string} What a timeline's clocks are like, or an empty text. */
  note: ({ applied, corrected }) =>
    applied === 0
      ? ""
      : `clocks of ${counted(applied, "host", "hosts")} ${corrected ? "corrected" : "disagree"}`,
  /** @type {(skew: import("./api/types.js").Skew) => string} One line for each clock that is corrected. */
  detail: ({ clocks }) =>
    clocks
      .filter(({ applied }) => applied)
      .map(
        ({ host, offset_seconds, uncertainty_seconds }) =>
          `${host ?? "(no host)"}: ${signedSeconds(offset_seconds)} ± ${seconds(uncertainty_seconds)}`,
      )
      .join("\n"),
  showRaw: "as sent",
  correct: "correct",
};

/** @param {number} value */
function seconds(value) {
  return `${value.toFixed(3)} s`;
}

/** @param {number} value */
function signedSeconds(value) {
  return `${value < 0 ? "−" : "+"}${seconds(Math.abs(value))}`;
}

export const picker = {
  filter: "Filter this list",
  more: "Show more",
  nothing: "Nothing here yet.",
  noMatch: "No match among those shown.",
  loading: "Loading …",
};

export const tree = {
  label: "Names of events",
  name: "Event",
  host: "Host",
  occurrences: "×",
  occurrencesTitle: "How often it occurred",
  duration: "Duration",
  blankSegment: (/** @type {string} */ segment) => (segment === "" ? "(empty)" : `“${segment}”`),
  hosts: (/** @type {number} */ hosts) => counted(hosts, "host", "hosts"),
  times: (/** @type {number} */ times) => `${count(times)}×`,
  sum: (/** @type {string} */ duration) => `Σ ${duration}`,
  occurrencesOf: (/** @type {number} */ times) =>
    times === 0 ? "only implied" : counted(times, "occurrence", "occurrences"),
  splitter: "Width of the names",
};

export const canvas = {
  bars: "Bars of the events over time. The tree of names beside it tells the same in words.",
};

export const tooltip = {
  host: "host",
  hosts: "hosts",
  id: "id",
  state: "state",
  start: "start",
  end: "end",
  first: "first",
  last: "last",
  duration: "duration",
  total: "sum",
  span: "spans",
  occurrences: "occurs",
  below: "with all below",
  message: "message",
  unknown: "unknown",
  stillRunning: "still running",
  since: (/** @type {string} */ offset) => `+${offset}`,
  several: (/** @type {number} */ events) => `${counted(events, "event", "events")} at this place`,
  more: (/** @type {number} */ attributes) =>
    `and ${counted(attributes, "more attribute", "more attributes")}`,
  open: (/** @type {number} */ open) => `${count(open)} running`,
  failed: (/** @type {number} */ failed) => `${count(failed)} failed`,
  unknownStarts: (/** @type {number} */ unknown) => `${count(unknown)} with unknown start`,
};

export const notices = {
  finding: "Looking for timelines …",
  loading: "Fetching events …",
  retry: "Try again",
  showAll: "Show what there is",
  copy: "Copy",
  copied: "Copied",
  noContexts: "No contexts yet",
  sendFirst: "Send a first event, for example:",
  noContext: (/** @type {string} */ context) => `There is no context “${context}”`,
  noTimelines: (/** @type {string} */ context) => `“${context}” has no timeline yet`,
  noTimeline: (/** @type {string} */ timeline) => `There is no timeline “${timeline}” in this context`,
  noEvents: "No events yet",
  waiting: "This timeline shows them as soon as they come. To send one:",
  noMatch: (/** @type {string} */ filter) => `No name contains “${filter}”`,
  clearFilter: "Clear the filter",
  failed: "This did not work",
};

/**
 * A line that can be pasted into a shell and sends one event.
 * @param {string} origin Of the server: scheme, host and port.
 * @param {string} context
 */
export function firstEvent(origin, context) {
  const body = JSON.stringify({ context, name: "hello", type: "event" });
  return `curl -d ${shellWord(body)} -H 'content-type: application/json' ${shellWord(`${origin}/api/events`)}`;
}

/**
 * A failure in words.
 * @param {unknown} error
 */
export function failure(error) {
  const { kind, detail, status } = /** @type {Partial<import("./api/hal.js").Problem>} */ (error ?? {});
  if (kind === "unreachable") return "The server does not answer. It is asked again every few seconds.";
  if (kind === "unreadable") return "The server's answer is not one that this page understands.";
  if (kind === "refused") return `The server says: ${detail || "no"} (${status}).`;
  return error instanceof Error
    ? `The page does not understand the answer: ${error.message}.`
    : String(error);
}

export const help = {
  title: "Keys and legend",
  close: "Close",
  keys: /** @type {[string, string][]} */ ([
    ["w  +  Ctrl+wheel  pinch", "zoom in"],
    ["s  −", "zoom out"],
    ["a  d  ←  →  drag", "move in time"],
    ["f  double click", "show all of it"],
    ["wheel  ↑  ↓", "scroll"],
    ["/", "filter names"],
    ["t", "go to the tree"],
    ["?", "this help"],
  ]),
  treeTitle: "In the tree",
  treeKeys: /** @type {[string, string][]} */ ([
    ["↑  ↓  Home  End", "move"],
    ["→  ←", "unfold, fold"],
    ["Enter  Space", "fold or unfold"],
    ["i", "tell about this row"],
  ]),
  legendTitle: "What it looks like",
  implied: "implied by what is below",
};

export const page = {
  name: "upto",
  title: (/** @type {string[]} */ ...parts) => [...parts, "upto"].join(" · "),
};
