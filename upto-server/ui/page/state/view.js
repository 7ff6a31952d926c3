// What is looked at, and how: one value, which is also the fragment of the address.

/** Names alone; hosts above names; below each name a row for each host. @typedef {"name" | "host" | "below"} Grouping */
/** @typedef {"timeline" | "timelines" | "contexts" | "status" | "journal" | "fleet" | "clusters"} PageName */
/** @typedef {"details" | "path" | "causes" | "history" | "forecast" | "stuck" | "blame" | "notes" | "table"} PanelName */

/**
 * @typedef {object} View
 * @property {PageName} page
 * @property {string | null} context Null: the one that is most worth looking at.
 * @property {string | null} timeline Null: the newest one, and the next one when it begins.
 * @property {number | null} from Left edge, in seconds from the timeline's first instant. Null: all of it.
 * @property {number | null} to Right edge likewise; null exactly when `from` is.
 * @property {ReadonlySet<string>} folded Names whose children are hidden; where `level` hides them, shown.
 * @property {number | null} level How many levels of names are shown. Null: all.
 * @property {string} filter Shows only names that contain it.
 * @property {number | null} least Shows only what took at least so many seconds.
 * @property {Grouping} grouping What rows there are.
 * @property {boolean} raw Shows times as they were sent, where clocks disagree too.
 * @property {number | null} names Width of the names' column in CSS pixels; null: as the page likes.
 * @property {string | null} row The row that was chosen, by its name.
 * @property {string | null} id The event in it that was chosen, by its id.
 * @property {PanelName | null} panel What is told below the picture.
 * @property {string | null} compare The timeline that this one is compared with; empty: the last good one before it.
 * @property {boolean} byRow Where two are compared, each row begins where it does in this one.
 * @property {boolean} stacked Where two are compared, the other one has a place of its own in each row.
 * @property {boolean} path Shows what the length depends on.
 * @property {readonly number[]} marks Up to two instants, in seconds from the timeline's first one.
 * @property {string} search On pages with lists: shows only names that contain it.
 * @property {string} states On pages with lists: the states that are shown, with commas between them; empty: all.
 * @property {string} service In the journal: a regular expression that finds something in the service.
 * @property {string} message Likewise in the message.
 * @property {number | null} grave In the journal: shows only lines of at least this level.
 * @property {string | null} since In the journal: from this time on (RFC 3339).
 * @property {string | null} until In the journal: up to this time.
 */

/** @type {View} */
export const EVERYTHING = Object.freeze({
  page: "timeline",
  context: null,
  timeline: null,
  from: null,
  to: null,
  folded: new Set(),
  level: null,
  filter: "",
  least: null,
  grouping: "name",
  raw: false,
  names: null,
  row: null,
  id: null,
  panel: null,
  compare: null,
  byRow: false,
  stacked: false,
  path: false,
  marks: [],
  search: "",
  states: "",
  service: "",
  message: "",
  grave: null,
  since: null,
  until: null,
});

/** What belongs to one timeline, and means nothing in another one. @type {Partial<View>} */
export const ELSEWHERE = Object.freeze({ from: null, to: null, id: null, marks: [] });

/** @type {readonly PageName[]} */
const PAGES = ["timeline", "timelines", "contexts", "status", "journal", "fleet", "clusters"];
/** @type {readonly Grouping[]} */
const GROUPINGS = ["name", "host", "below"];
/** @type {readonly PanelName[]} */
export const PANELS = [
  "details",
  "path",
  "causes",
  "history",
  "forecast",
  "stuck",
  "blame",
  "notes",
  "table",
];

/** Addresses longer than this do not survive being sent around; folded names beyond it are left out. */
const MAX_FOLDED_LENGTH = 4000;
const MAX_MARKS = 2;
const MAX_LEVEL = 1000;

/** @param {number} seconds */
function secondsText(seconds) {
  return seconds.toFixed(9).replace(/\.?0+$/, "");
}

/**
 * @param {URLSearchParams} parameters
 * @param {ReadonlySet<string>} folded
 */
function appendFolded(parameters, folded) {
  let length = 0;
  for (const name of folded) {
    length += name.length;
    if (length > MAX_FOLDED_LENGTH) return;
    parameters.append("fold", name);
  }
}

/**
 * What of a view is a plain text, by the name that it has in an address; null is as usual.
 * @param {View} view
 * @returns {[string, string | null][]}
 */
function textsOf(view) {
  const seconds = (/** @type {number | null} */ value) => (value === null ? null : secondsText(value));
  return [
    ["page", view.page === "timeline" ? null : view.page],
    ["context", view.context],
    ["timeline", view.timeline],
    ["from", view.to === null ? null : seconds(view.from)],
    ["to", view.from === null ? null : seconds(view.to)],
    ["level", view.level === null ? null : String(view.level)],
    ["filter", view.filter || null],
    ["least", seconds(view.least)],
    ["group", view.grouping === "name" ? null : view.grouping],
    ["times", view.raw ? "raw" : null],
    ["names", view.names === null ? null : String(view.names)],
    ["row", view.row],
    ["id", view.id],
    ["show", view.panel],
    ["with", view.compare],
    ["align", view.byRow ? "row" : null],
    ["layout", view.stacked ? "stacked" : null],
    ["path", view.path ? "1" : null],
    ["search", view.search || null],
    ["state", view.states || null],
    ["service", view.service || null],
    ["message", view.message || null],
    ["grave", view.grave === null ? null : String(view.grave)],
    ["since", view.since],
    ["until", view.until],
  ];
}

/**
 * The view as the fragment of an address, without its `#`. What is as usual is left out.
 * @param {View} view
 * @returns {string}
 */
export function formatView(view) {
  const parameters = new URLSearchParams();
  for (const [name, text] of textsOf(view)) if (text !== null) parameters.set(name, text);
  for (const mark of view.marks) parameters.append("mark", secondsText(mark));
  appendFolded(parameters, view.folded);
  return parameters.toString();
}

/**
 * A finite number, or null for anything else.
 * @param {string | null} text
 */
function numberIn(text) {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** @param {string | null} text */
function levelIn(text) {
  const level = numberIn(text);
  return level !== null && Number.isInteger(level) && level >= 1 && level <= MAX_LEVEL ? level : null;
}

/**
 * A level as the journal has them: a whole number of 32 bits.
 * @param {string | null} text
 */
function wholeIn(text) {
  const value = numberIn(text);
  return value !== null && (value | 0) === value ? value : null;
}

/**
 * An instant as RFC 3339 has it, in UTC; null for anything else.
 * @param {string | null} text
 */
function timeIn(text) {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/**
 * One of the values that are known, or null.
 * @template {string} T
 * @param {readonly T[]} known
 * @param {string | null} text
 */
function oneOf(known, text) {
  return known.find((value) => value === text) ?? null;
}

/**
 * The range that is looked at.
 * @param {URLSearchParams} parameters
 */
function rangeIn(parameters) {
  const from = numberIn(parameters.get("from"));
  const to = numberIn(parameters.get("to"));
  return from !== null && to !== null && from < to ? { from, to } : { from: null, to: null };
}

/** @param {URLSearchParams} parameters */
function marksIn(parameters) {
  const marks = parameters.getAll("mark").map(numberIn);
  return marks.filter((mark) => mark !== null).slice(0, MAX_MARKS);
}

/**
 * The view that a fragment describes. What it does not understand is as usual: a mistyped address
 * shows the timeline rather than an error.
 * @param {string} fragment With or without its `#`.
 * @returns {View}
 */
export function parseView(fragment) {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const text = (/** @type {string} */ name) => parameters.get(name);
  const context = text("context");
  const least = numberIn(text("least"));
  return {
    page: oneOf(PAGES, text("page")) ?? "timeline",
    context,
    timeline: context === null ? null : text("timeline"),
    ...rangeIn(parameters),
    folded: new Set(parameters.getAll("fold")),
    level: levelIn(text("level")),
    filter: text("filter") ?? "",
    least: least !== null && least > 0 ? least : null,
    grouping: oneOf(GROUPINGS, text("group")) ?? "name",
    raw: text("times") === "raw",
    names: numberIn(text("names")),
    row: text("row"),
    id: text("row") === null ? null : text("id"),
    panel: oneOf(PANELS, text("show")),
    compare: text("with"),
    byRow: text("align") === "row",
    stacked: text("layout") === "stacked",
    path: text("path") === "1",
    marks: marksIn(parameters),
    search: text("search") ?? "",
    states: text("state") ?? "",
    service: text("service") ?? "",
    message: text("message") ?? "",
    grave: wholeIn(text("grave")),
    since: timeIn(text("since")),
    until: timeIn(text("until")),
  };
}
