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

/** What belongs to one timeline, and means nothing in another one. @type {Partial<View>} */
export const ELSEWHERE = Object.freeze({ from: null, to: null, id: null, marks: [] });

/** The pages beside that of a timeline. */
export const PAGES = /** @type {const} */ (["contexts", "timelines", "status", "journal", "fleet", "clusters"]);
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

/**
 * How a part of a view is read from an address, where null stands for nothing, and how it is written there: null where it is
 * as usual.
 * @typedef {{read: (text: string | null) => unknown, write: (value: any) => string | null}} Kind
 */

/** @type {Kind} */
const NAME = { read: (text) => text, write: (value) => value };
/** @type {Kind} */
const TEXT = { read: (text) => text ?? "", write: (value) => value || null };
/** @type {Kind} */
const TIME = { ...NAME, read: timeIn };
/** @type {Kind} */
const SECONDS = { read: numberIn, write: (value) => (value === null ? null : secondsText(value)) };

/**
 * What is on or off.
 * @param {string} on
 * @returns {Kind}
 */
function flag(on) {
  return { read: (text) => text === on, write: (value) => (value ? on : null) };
}

/**
 * One of the values that are known.
 * @param {readonly string[]} known
 * @param {string | null} usual
 * @returns {Kind}
 */
function oneOf(known, usual) {
  return {
    read: (text) => known.find((value) => value === text) ?? usual,
    write: (value) => (value === usual ? null : value),
  };
}

/**
 * @param {(value: number) => boolean} counts Of other numbers than these nothing is known.
 * @returns {Kind}
 */
function number(counts) {
  return {
    read: (text) => {
      const value = numberIn(text);
      return value !== null && counts(value) ? value : null;
    },
    write: (value) => (value === null ? null : String(value)),
  };
}

/** What an address calls the parts of a view that it has once, in the order in which it has them. @type {Record<string, [name: string, kind: Kind]>} */
const PARTS = {
  page: ["page", oneOf(["timeline", ...PAGES], "timeline")],
  context: ["context", NAME],
  timeline: ["timeline", NAME],
  from: ["from", SECONDS],
  to: ["to", SECONDS],
  level: ["level", number((level) => Number.isInteger(level) && level >= 1 && level <= MAX_LEVEL)],
  filter: ["filter", TEXT],
  least: ["least", { ...SECONDS, read: number((least) => least > 0).read }],
  grouping: ["group", oneOf(GROUPINGS, "name")],
  raw: ["times", flag("raw")],
  names: ["names", number(() => true)],
  row: ["row", NAME],
  id: ["id", NAME],
  panel: ["show", oneOf(PANELS, null)],
  compare: ["with", NAME],
  byRow: ["align", flag("row")],
  stacked: ["layout", flag("stacked")],
  path: ["path", flag("1")],
  search: ["search", TEXT],
  states: ["state", TEXT],
  service: ["service", TEXT],
  message: ["message", TEXT],
  // As the journal has levels: whole numbers of 32 bits.
  grave: ["grave", number((level) => (level | 0) === level)],
  since: ["since", TIME],
  until: ["until", TIME],
};

/** What is looked at where an address says nothing. */
export const EVERYTHING = Object.freeze(parseView(""));

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
 * The view as the fragment of an address, without its `#`. What is as usual is left out.
 * @param {View} view
 * @returns {string}
 */
export function formatView(view) {
  const parameters = new URLSearchParams();
  /** @type {Record<string, unknown>} */
  const values = { ...view };
  for (const [part, [name, { write }]] of Object.entries(PARTS)) {
    const text = write(values[part]);
    if (text !== null) parameters.set(name, text);
  }
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

/**
 * An instant as RFC 3339 has it, in UTC; null for anything else.
 * @param {string | null} text
 */
function timeIn(text) {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? null : new Date(time).toISOString();
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
  const parts = Object.entries(PARTS).map(([part, [name, { read }]]) => [part, read(parameters.get(name))]);
  /** @type {View} */
  const view = Object.fromEntries(parts);
  const { context, from, to, row } = view;
  const isRange = from !== null && to !== null && from < to;
  return {
    ...view,
    ...(isRange ? {} : { from: null, to: null }),
    timeline: context === null ? null : view.timeline,
    id: row === null ? null : view.id,
    folded: new Set(parameters.getAll("fold")),
    marks: marksIn(parameters),
  };
}
