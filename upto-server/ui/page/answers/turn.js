// Since when a timeline takes another time than it used to.

/** @typedef {import("./types.js").History} History */
/** @typedef {import("./types.js").Change} Change */

/** From this part of the median on, a difference is one: the server's own bound for a change. */
const SHIFT = 0.1;
/** So many runs at the end tell how long it takes now: one alone may be chance. */
const RECENT = 5;

/**
 * Since when it takes another time, and how long it took before and since.
 * @typedef {object} Turn
 * @property {string} timeline The first one that took another time for longer.
 * @property {string | null} before The last good one before it.
 * @property {number} was The usual duration before, in seconds.
 * @property {number} is The usual duration since then, in seconds.
 */

/**
 * The first timeline that took another time for longer, and the last good one before it.
 *
 * It is the last change that the server tells and that still holds, whatever is said of the last timeline: after some more
 * that take as long, each of them is as usual, though all of them are slower. Of a change close to the end the server tells
 * nothing yet, though it judges the last timeline by it: then it is the first of those at the end that all differ from the
 * median by over a tenth, in the direction of the last one.
 * @param {History} history
 * @returns {Turn | null} Null where nothing lasting has changed.
 */
export function turnOf({ runs, judged, changes }) {
  if (!judged) return null;
  const ended = runs.filter(({ state, duration_seconds: seconds }) => state === "done" && seconds !== null);
  const durations = ended.map((run) => run.duration_seconds ?? 0);
  const now = median(durations.slice(-RECENT));
  const told = changes.filter((change) => holds(change, now)).at(-1) ?? null;
  const place = told ? ended.findIndex(({ timeline }) => timeline === told.timeline) : -1;
  const fresh = told && !isNewsBeside(told, judged) ? -1 : firstOfEnd(durations, judged);
  const at = fresh >= 0 ? fresh : place;
  if (at < 0) return null;
  const { timeline } = ended[at];
  const before = ended[at - 1]?.timeline ?? null;
  return told && fresh < 0
    ? { timeline, before, was: told.before_median_seconds, is: told.after_median_seconds }
    : { timeline, before, was: judged.median_seconds ?? 0, is: median(durations.slice(at)) };
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Whether a change is worth telling, and it still takes as long as after it rather than as before.
 * @param {Change} change
 * @param {number} now How long it takes now.
 */
function holds({ before_median_seconds: before, after_median_seconds: after }, now) {
  return Math.abs(after - before) > SHIFT * before && Math.abs(now - after) < Math.abs(now - before);
}

/**
 * Whether the last timeline is slower, or faster, than what a change made usual.
 * @param {Change} change
 * @param {NonNullable<History["judged"]>} judged
 */
function isNewsBeside(change, { verdict, median_seconds: usual }) {
  const { before_median_seconds: before, after_median_seconds: after } = change;
  const isSame = verdict === (after > before ? "regression" : "improvement");
  return !isSame || (usual !== null && Math.abs(usual - after) < Math.abs(usual - before));
}

/**
 * @param {number[]} durations
 * @param {NonNullable<History["judged"]>} judged
 */
function firstOfEnd(durations, { verdict, median_seconds: usual }) {
  if (usual === null || (verdict !== "regression" && verdict !== "improvement")) return -1;
  const sign = verdict === "regression" ? 1 : -1;
  let first = durations.length;
  while (first > 0 && sign * (durations[first - 1] - usual) > SHIFT * usual) first--;
  return first === durations.length ? -1 : first;
}
