// Every English text of the page.

import { count } from "./format.js";
import { clip } from "./model/names.js";

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
  up: { symbol: "✓", word: "up" },
  degraded: { symbol: "!", word: "degraded" },
  down: { symbol: "✕", word: "down" },
};

/** What is said of a time that is not known. */
export const unknown = "unknown";

export const header = {
  context: "Context",
  timeline: "Timeline",
  none: "none",
  filterPlaceholder: "Filter names  ( / )",
  filterLabel: "Show only names that contain this",
  help: "Keys and legend ( ? )",
  pages: "Pages",
  contexts: "Contexts",
  timelines: "Timelines",
  status: "Status",
  journal: "Journal",
  fleet: "Fleet",
  clusters: "Clusters",
  logout: "Log out",
  loading: (/** @type {number} */ loaded) => `fetched ${counted(loaded, "event", "events")} …`,
  events: (/** @type {number} */ total) => counted(total, "event", "events"),
  open: (/** @type {number} */ open) => `${count(open)} running`,
  failed: (/** @type {number} */ failed) => `${count(failed)} failed`,
  unknownStarts: (/** @type {number} */ unknown) => `${count(unknown)} with unknown start`,
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

export const behind = {
  /** @type {(agents: {name: string, time: string}[]) => string} Agents that may still bring something, or an empty text. */
  note: (agents) => {
    if (agents.length === 0) return "";
    const [{ name, time }] = agents;
    return agents.length === 1
      ? `incomplete: agent ${clip(name, 40)} is ${time} behind`
      : `incomplete: ${count(agents.length)} agents are up to ${time} behind`;
  },
  /** @type {(agents: {name: string, time: string}[]) => string} One line for each. */
  detail: (agents) =>
    [
      "What they have not handed over yet may be missing here.",
      ...agents.map(({ name, time }) => `${clip(name, 80)}: ${time}`),
    ].join("\n"),
};

export const skew = {
  /** @type {(skew: import("./api/types.js").Skew) => string} What a timeline's clocks are like, or an empty text. */
  note: ({ applied, corrected }) =>
    applied === 0
      ? ""
      : `clocks of ${counted(applied, "host", "hosts")} ${corrected ? "corrected" : "disagree"}`,
  /** @type {(skew: import("./api/types.js").Skew) => string[]} One line for each clock that is corrected. */
  details: ({ clocks }) =>
    clocks
      .filter(({ applied }) => applied)
      .map(
        ({ host, offset_seconds, uncertainty_seconds }) =>
          `${clip(host ?? "(no host)", 80)}: ${signedSeconds(offset_seconds)} ± ${seconds(uncertainty_seconds)}`,
      ),
  /** @type {(note: string, first: string, others: number) => string} The first one is told at once. */
  summary: (note, first, others) =>
    `${note}: ${first}${others > 0 ? `, and ${counted(others, "other", "others")}` : ""}`,
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
  latest: "Latest",
  latestDetail: "follows the newest one",
  filter: "Search by name",
  lastGood: "The last good one",
  lastGoodDetail: "whichever succeeded last before it",
  more: "Show more",
  nothing: "Nothing here yet.",
  noMatch: "No match.",
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
  change: "Change",
  isNew: "new",
  toCome: "to come",
  splitter: "Width of the names",
};

export const canvas = {
  bars: "Bars of the events over time. The tree of names beside it tells the same in words, and so does the table below.",
  running: (/** @type {string} */ took) => `running for ${took}`,
  usually: (/** @type {string} */ took, /** @type {string} */ usual) =>
    `running for ${took}, usually ${usual}`,
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
  truncated: "truncated",
  leftOut: "its sender left out attributes, or a part of the message",
  usually: "usually",
  change: "change",
  slack: "slack",
  drag: "drag",
  stillRunning: "still running",
  since: (/** @type {string} */ offset) => `+${offset}`,
  occurrencesOf: (/** @type {number} */ times) =>
    times === 0 ? "only implied" : counted(times, "occurrence", "occurrences"),
  several: (/** @type {number} */ events) => `${counted(events, "event", "events")} at this place`,
  more: (/** @type {number} */ attributes) =>
    `and ${counted(attributes, "more line", "more lines")}`,
  open: (/** @type {number} */ open) => `${count(open)} running`,
  failed: (/** @type {number} */ failed) => `${count(failed)} failed`,
};

export const waiting = {
  finding: "Looking for timelines …",
  loading: "Fetching events …",
};

export const notices = {
  retry: "Try again",
  login: "Log in",
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
  return posting(`${origin}/api/events`, { context, name: "hello", type: "event" });
}

/**
 * A line that can be pasted into a shell and posts something.
 * @param {string} address
 * @param {unknown} body
 */
export function posting(address, body) {
  return `curl -d ${shellWord(JSON.stringify(body))} -H 'content-type: application/json' ${shellWord(address)}`;
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
  return misunderstood(error);
}

/**
 * What is not the server's failure, in words.
 * @param {unknown} error
 */
export function misunderstood(error) {
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
    ["drag on the axis", "show that range"],
    ["wheel  ↑  ↓", "scroll"],
    ["[  ]", "a level of names less, more"],
    ["m  Shift+click", "mark an instant; two tell the time between"],
    ["c", "compare with the last good one"],
    ["Shift+click above", "compare with that earlier one"],
    ["p", "critical path"],
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
    [",  .", "tell about its last occurrence, the next one"],
  ]),
  legendTitle: "What it looks like",
  truncated: "truncated: its sender left something out",
  implied: "implied by what is below",
};

export const toolbar = {
  label: "How the picture is drawn",
  level: "Levels",
  allLevels: "all",
  levels: (/** @type {number} */ levels) => counted(levels, "level", "levels"),
  least: "At least",
  anyLength: "any length",
  atLeast: (/** @type {number} */ value) => (value < 1 ? `${value * 1000} ms` : `${value} s`),
  group: "Rows",
  byName: "by name",
  byHost: "by host",
  hostsBelow: "by name, a row for each host",
  compare: "Compare",
  against: (/** @type {string} */ other) => ` with ${other}`,
  path: "Critical path",
  exporting: "Export",
};

export const exporting = {
  svg: "Picture as SVG",
  png: "Picture as PNG",
  print: "Print",
  title: (/** @type {string[]} */ ...parts) => parts.filter((part) => part !== "").join("  ·  "),
  failed: (/** @type {string} */ why) => `The picture could not be made: ${why}`,
  formats: {
    chrome: "Events for Perfetto and Chrome",
    csv: "Events as CSV",
    json: "Events as JSON",
    otlp: "Events as OTLP",
  },
};

export const verdict = {
  /** @type {(verdict: string, usual: string, turn: import("./answers/turn.js").Turn | null) => string} */
  chip: (verdict, usual, turn) => {
    const isLasting = verdict === "regression" || verdict === "improvement";
    const word = VERDICT_WORDS[verdict] ?? verdict;
    if (turn && !isLasting) return [word, turned(turn)].filter((part) => part !== "").join(", ");
    return `${word}: usually ${usual}${turn ? `, since ${clip(turn.timeline, 40)}` : ""}`;
  },
  /** What is said while another one runs. @type {(timeline: string, words: string) => string} */
  of: (timeline, words) => `${clip(timeline, 40)}: ${words}`,
};

/**
 * Since when it is slower or faster, and by how much: `25 % slower since 1218`.
 * @param {import("./answers/turn.js").Turn} turn
 */
export function turned({ timeline, was, is }) {
  const percent = Math.round(Math.abs(is / was - 1) * 100);
  return `${percent} % ${is > was ? "slower" : "faster"} since ${clip(timeline, 40)}`;
}

/** @type {Record<string, string>} */
const VERDICT_WORDS = {
  unknown: "",
  usual: "✓ as usual",
  note: "△ this one took long",
  regression: "▲ slower",
  improvement: "▼ faster",
};

export const panel = {
  label: "About the timeline",
  asking: "Asking …",
  tabs: {
    details: "Details",
    path: "Critical path",
    causes: "Why slower",
    history: "History",
    forecast: "Forecast",
    stuck: "Stuck",
    blame: "Blame",
    notes: "Notes",
    table: "Table",
  },
};

/**
 * What an answer is not about, or an empty text.
 * @param {{open: number, unknown_start: number}} leftOut
 */
export function leftOut({ open, unknown_start: unknown }) {
  const parts = [];
  if (open > 0) parts.push(`${counted(open, "event", "events")} still running`);
  if (unknown > 0) parts.push(`${counted(unknown, "event", "events")} with unknown start`);
  return parts.length === 0 ? "" : `Left out: ${parts.join(", ")}.`;
}

export const table = { copy: "Copy table", copied: "Copied" };

export const details = {
  nothing: "Choose a row or a bar: then all that is known of it is told here.",
  history: "Earlier timelines",
  since: "Since ",
  startUtc: "start (UTC)",
  endUtc: "end (UTC)",
  raw: "As JSON",
  /** @type {(at: number, all: number) => string} */
  occurrence: (at, all) => (at > 0 ? `${count(at)} of ${count(all)} occurrences` : counted(all, "occurrence", "occurrences")),
  before: "‹ before",
  next: "next ›",
  fetching: "Asking for attributes …",
};

export const path = {
  title: "What the length of the timeline depends on",
  name: "Event",
  share: "Share",
  time: "Time",
  drag: "Drag",
  sections: "Sections",
  draw: "draw it",
  intro: (/** @type {number} */ runs) =>
    `What the length depends on, learned from ${counted(runs, "earlier timeline", "earlier timelines")}. Drag: how much shorter all would be without it.`,
  nothing: "Nothing has both a start and an end yet.",
  others: (/** @type {number} */ others) => counted(others, "other", "others"),
  nobody: "nobody's time",
  sum: "Sum",
};

export const causes = {
  title: "Causes of the difference",
  row: "Event",
  kind: "What happened",
  effect: "Effect",
  before: "Before",
  after: "Now",
  between: "between events",
  /** @type {Record<string, string>} */
  kinds: {
    grew: "took longer",
    shrank: "took less",
    new: "is new",
    gone: "is gone",
    gap_grew: "more time between",
    gap_shrank: "less time between",
    lost_overlap: "is waited for longer",
    gained_overlap: "is waited for less",
  },
  others: (/** @type {number} */ others) => counted(others, "other", "others"),
  sum: "Difference",
  against: "Compared with ",
  other: "Compare with",
  summary: (/** @type {string} */ before, /** @type {string} */ after, /** @type {string} */ difference) =>
    `${before} became ${after} (${difference}).`,
  byRow: "begin each row where it begins here",
  stacked: "below instead of above",
  begin: "Compare with the last good one",
  stop: "Stop comparing",
  off: "Nothing is compared. ",
};

/** The earlier timelines in short. */
export const earlier = {
  title: "Earlier timelines",
  bars: (/** @type {number} */ runs) => `Durations of ${counted(runs, "timeline", "timelines")}`,
  strip: (/** @type {number} */ runs) => `Last ${count(runs)}`,
  compare: "Shift and a click: compare with this one",
};

export const history = {
  timeline: "Timeline",
  state: "State",
  start: "Began",
  took: "Took",
  compare: "Compare",
  compareWith: "compare with this",
  note: "Note",
  chart: "Durations of the earlier timelines. The table below tells the same in words.",
  ofAll: "All of it",
  ofRow: "only ",
  turned: "since then",
  changed: (/** @type {string} */ before, /** @type {string} */ after) =>
    `changed from ${before} to ${after}`,
  /** @type {Record<string, string>} */
  verdicts: {
    unknown: "Too few earlier timelines to judge.",
    usual: "As usual.",
    note: "This one took long.",
    regression: "Slower.",
    improvement: "Faster.",
  },
  /** @type {(median: string, p90: string, runs: number) => string} What it is judged by. */
  usually: (median, p90, runs) =>
    ` Of ${count(runs)} earlier ones, half took less than ${median}, and 9 of 10 less than ${p90}. `,
  /** @type {(was: string, is: string) => string} */
  became: (was, is) => `: usually ${was} before, ${is} since then. `,
};

export const forecast = {
  title: "What is still to come",
  name: "Event",
  /** @type {Record<string, string>} */
  stages: { running: "running", overdue: "overdue", to_come: "to come", done: "done" },
  stage: "Stage",
  end: "Done at",
  usual: "Usually",
  slow: "9 of 10 within",
  reason: (/** @type {string} */ reason) => `No forecast: ${reason}.`,
  percent: (/** @type {number} */ percent) => ` ${percent.toFixed(0)} % done. `,
  left: (/** @type {string} */ left, /** @type {string} */ most) =>
    `${left} left, 9 of 10 times at most ${most}. `,
  until: (/** @type {string} */ time) => `Done at about ${time}.`,
  learned: (/** @type {number} */ runs) => `By ${counted(runs, "earlier timeline", "earlier timelines")}.`,
};

export const stuck = {
  title: "Events that should have ended by now",
  name: "Event",
  host: "Host",
  open: "Open for",
  limit: "Should have ended within",
  count: (/** @type {number} */ stuck) => `⚠ ${count(stuck)} stuck`,
  tab: (/** @type {number} */ stuck) => `Stuck (${count(stuck)})`,
  detail: "What should have ended by now",
  intro: "These have been open for longer than earlier timelines let them be.",
  nothing: "Nothing is stuck.",
};

export const blame = {
  title: "Where the time went",
  name: "Event",
  share: "Share",
  self: "Self",
  total: "Total",
  drag: "Drag",
  events: "Events",
  intro: "At each instant, the time is divided among what runs without any part of it running.",
  others: (/** @type {number} */ others) => counted(others, "other", "others"),
  idle: "nothing ran",
  sum: "Sum",
};

export const notes = {
  intro: "What people and build systems say of this timeline.",
  key: "Key",
  text: "Text",
  add: "Add",
  save: "Save",
  saving: "Saving …",
  saved: "Saved.",
  remove: "Remove this line",
  open: "open ↗",
};

export const events = {
  title: "The events that are shown",
  name: "Event",
  host: "Host",
  state: "State",
  start: "Start",
  took: "Took",
  count: (/** @type {number} */ shown, /** @type {number} */ total) =>
    shown < total
      ? `The first ${count(shown)} of ${count(total)} events that are shown.`
      : `${counted(total, "event", "events")} in the rows and the range that are shown.`,
};

export const actions = {
  label: (/** @type {string} */ name) => `What can be done with ${name}`,
  pin: "Pin: never remove",
  unpin: "Unpin",
  rename: "Rename …",
  remove: "Delete …",
  compare: "Compare the newest with this",
};

export const dialogs = {
  rename: (/** @type {string} */ name) => `Rename “${name}”`,
  newName: "New name",
  renameIt: "Rename",
  remove: (/** @type {string} */ name) => `Delete “${name}”?`,
  removeIt: "Delete",
  cancel: "Cancel",
};

export const contexts = {
  title: "Contexts",
  filter: "Filter contexts",
  headings: ["State", "Context", "Newest timeline", "Timelines", "Last event", "Trend", "Actions"],
  numbers: ["Timelines"],
  empty: (/** @type {string} */ search) =>
    search === "" ? "No contexts yet. The first event that names one makes it:" : `No context contains “${search}”.`,
  removal: "All its timelines go with it, pinned ones too. This can’t be undone.",
};

export const clusters = {
  title: "Clusters",
  filter: "Filter clusters",
  empty: (/** @type {string} */ search) =>
    search === ""
      ? "No clusters are watched. The server’s upto.yaml may list some, under clusters."
      : `No cluster contains “${search}”.`,
  stale: (/** @type {string} */ since) => `stale: the last answer is of ${since}`,
  last: (/** @type {string} */ since) => `asked ${since}`,
  never: "not asked yet",
  by: (/** @type {string} */ connector, /** @type {string | null} */ collector) =>
    collector === null ? connector : `${connector}, by ${collector}`,
  raw: "Raw",
  spark: (/** @type {string} */ figure, /** @type {number} */ count) => `${figure}: the last ${count} answers`,
};

export const timelines = {
  title: (/** @type {string} */ context) => `Timelines of ${context}`,
  search: "Search: part of a name, or key=text of its notes",
  states: "States",
  stateOptions: [
    ["", "all states"],
    ["running", "running"],
    ["done", "done"],
    ["failed", "failed"],
  ],
  headings: ["State", "Timeline", "Began", "Took", "Events", "Failed", "Notes", "Actions"],
  numbers: ["Events", "Failed"],
  pinned: "Pinned: it is never removed",
  pinMark: "📌",
  none: "No timelines yet. To send a first event:",
  noMatch: "No timeline matches.",
  noContext: "There is no such context.",
  removal: "All its events go with it. This can’t be undone.",
};

/** How heartbeats, pings and alerts stand: never by colour alone. @type {Record<string, {symbol: string, word: string}>} */
export const standings = {
  new: { symbol: "○", word: "new" },
  up: { symbol: "✓", word: "up" },
  late: { symbol: "△", word: "late" },
  dead: { symbol: "✕", word: "dead" },
  down: { symbol: "✕", word: "down" },
  cancelled: { symbol: "⊘", word: "cancelled" },
  paused: { symbol: "‖", word: "paused" },
  unknown: { symbol: "?", word: "not asked yet" },
  waiting: { symbol: "…", word: "waits" },
  "given-up": { symbol: "✕", word: "given up" },
};

export const watch = {
  title: "Status",
  filter: "Filter services",
  states: "States",
  stateOptions: [
    ["", "all states"],
    ["late,dead,down", "late, dead and down"],
    ["new,up,unknown", "up and new"],
    ["paused,cancelled", "paused and cancelled"],
  ],
  summary: (/** @type {number} */ services, /** @type {string} */ word) => `${count(services)} ${word}`,
  heartbeats: "Heartbeats",
  heartbeatHeadings: ["State", "Service", "Last pulse", "Next", "24 hours", "7 days", "30 days", "Says", "Actions"],
  noHeartbeats: "No service has pulsed yet. One says that it is alive, and will be again within 60 s:",
  noMatch: "No service matches.",
  most: (/** @type {number} */ most) => `The first ${count(most)} are shown.`,
  run: (/** @type {string} */ run) => `run ${run}`,
  never: "never",
  within: (/** @type {string} */ time) => `in ${time}`,
  due: "due",
  late: (/** @type {string} */ since, /** @type {string} */ left) => `late for ${since}, dead in ${left}`,
  since: (/** @type {string} */ time) => `for ${time}`,
  pause: "Pause",
  resume: "Watch again",
  cancel: "End the watch",
  forget: "Forget …",
  forgetting: "All that is known of it goes: its times, its uptime. The journal stays.",
  pings: "Pings",
  pingHeadings: ["State", "Service", "Asked", "Last", "Took", "Answers of 24 hours", "Up", "Problem"],
  noPings: "Nothing is asked whether it answers. Such addresses are listed in the configuration:",
  /** @type {(origin: string) => string} */
  aPing: (origin) => `watch:\n  pings:\n    - { service: shop, url: "${origin}/" }`,
  latencies: (/** @type {number} */ asked, /** @type {number} */ failed) =>
    `Latencies of ${counted(asked, "answer", "answers")} in 24 hours, ${count(failed)} failed`,
  alerts: "Alerts that wait or were given up",
  alertHeadings: ["State", "Alert", "About", "To", "Since", "Tries", "Problem"],
  noAlerts: "None: whatever was to be told was told.",
  agents: "Agents",
  agentHeadings: ["Agent", "Way", "Heard of", "Waits there", "Behind", "Lost", "Refused"],
  noAgents: "No agent has been heard of. One takes what a host’s programs send, and hands it over:",
  /** @type {(origin: string) => string} */
  anAgent: (origin) => `UPTO_AGENT_SERVER=${origin} upto-server agent`,
  waits: (/** @type {number} */ messages, /** @type {string} */ size) =>
    messages === 0 ? "nothing" : `${counted(messages, "message", "messages")}, ${size}`,
  notAllowed: "This is not for whoever is logged in.",
};

export const journal = {
  title: "Journal",
  service: "Service, as a regular expression",
  message: "Message, likewise",
  level: "Level at least",
  since: "From",
  until: "Up to",
  presets: "Presets",
  noPreset: "no preset",
  follow: "Follow",
  clear: "Show all",
  headings: ["Time", "Level", "Service", "Message"],
  alert: "alert",
  alertDetail: "Somebody is told of it",
  none: "No lines yet. To write one:",
  noMatch: "No line matches.",
};

export const fleet = {
  title: "Fleet",
  host: "Host",
  filter: "Filter hosts",
  off: "This server asks no hosts. Start it with --fleet, and agents with --store.",
  none: "No host is known yet. Agents that are started with --store tell of theirs.",
  empty: "No host matches.",
  summary: (/** @type {number} */ there, /** @type {number} */ all) => `${there} of ${all} hosts are there`,
  failed: "failed",
  nearlyFull: (/** @type {string} */ amount) => `△ ${amount}, nearly full`,
  timeout: "no answer",
  stale: (/** @type {string} */ age) => `stale, ${age}`,
  unasked: "not asked yet",
  gone: "gone",
  spark: (/** @type {number} */ count) => `the last ${count} values`,
  chart: (/** @type {string} */ check) => `${check}: the least, the middle and the greatest over all hosts`,
  close: "Close",
  show: (/** @type {string} */ check) => `Chart of ${check}`,
};

export const page = {
  name: "upto",
  /** @param {unknown[]} parts Those that are not there are left out. */
  title: (parts) => [...parts, "upto"].filter(Boolean).join(" · "),
};
