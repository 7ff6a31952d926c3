// Rows for what is still to come.

/** @typedef {import("./timeline.js").TimelineModel} TimelineModel */

/**
 * Makes rows for what is still to come, so that they are where they will be.
 * @param {TimelineModel} model
 * @param {{name: string, begin: number}[]} steps Each with when it is expected to begin, in nanoseconds from the base.
 */
export function plan(model, steps) {
  let added = false;
  for (const { name, begin } of steps) added = model.tree.plan(name, begin) || added;
  if (!added) return;
  model.structure++;
  model.version++;
  model.tree.settle();
}
