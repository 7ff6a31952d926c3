// Since when a timeline takes another time than it used to.

/** @typedef {import("./types.js").History} History */

/** From this part of the median on, a difference is one: the server's own bound for a change. */
const SHIFT = 0.1;

/**
 * The first timeline that took another time for longer, and the last good one before it.
 *
 * It is the last change that the server tells. Of a change close to the end it tells nothing yet, though it judges
 * the last timeline by it: then it is the first of those at the end that all differ from the median by over a tenth, in
 * the direction of the last one.
 * @param {History} history
 * @returns {{timeline: string, before: string | null} | null} Null where nothing lasting has changed.
 */
export function turnOf({ runs, judged, changes }) {
  const lasts = judged?.verdict === "regression" || judged?.verdict === "improvement";
  if (!judged || !lasts) return null;
  const ended = runs.filter(({ state, duration_seconds: seconds }) => state === "done" && seconds !== null);
  const last = changes.at(-1);
  const told = last ? ended.findIndex(({ timeline }) => timeline === last.timeline) : -1;
  const at = told >= 0 ? told : firstOfEnd(ended, judged);
  return at < 0 ? null : { timeline: ended[at].timeline, before: ended[at - 1]?.timeline ?? null };
}

/**
 * @param {History["runs"]} ended
 * @param {NonNullable<History["judged"]>} judged
 */
function firstOfEnd(ended, { verdict, median_seconds: median }) {
  if (median === null) return -1;
  const sign = verdict === "regression" ? 1 : -1;
  let first = ended.length;
  while (first > 0 && sign * ((ended[first - 1].duration_seconds ?? median) - median) > SHIFT * median)
    first--;
  return first === ended.length ? -1 : first;
}
