// The occurrences of a row, one after the other: for those who can't point at one of them.

/** @typedef {import("../model/timeline.js").TimelineModel} TimelineModel */

/**
 * The events of a row that can be chosen, by when they begin. Those without an id can't, nor can a second one with the
 * same.
 * @param {Pick<TimelineModel, "events" | "tree">} model
 * @param {number} node
 * @returns {{event: number, id: string}[]}
 */
export function occurrencesOf({ events, tree }, node) {
  const all = (tree.lanes[node]?.lanes ?? []).flat().map((event) => ({ event, id: events.idOf(event) }));
  all.sort((left, right) => events.from(left.event) - events.from(right.event));
  const seen = new Set(["0"]);
  return all.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/**
 * The id of the occurrence that follows the chosen one, or that is before it; without a chosen one, the first or the last.
 * @param {readonly {id: string}[]} occurrences
 * @param {string | null} chosen
 * @param {1 | -1} by
 * @returns {string | null} Null where there is none.
 */
export function besideOccurrence(occurrences, chosen, by) {
  const at = occurrences.findIndex(({ id }) => id === chosen);
  const next = at < 0 ? (by > 0 ? 0 : occurrences.length - 1) : at + by;
  return occurrences[next]?.id ?? null;
}
