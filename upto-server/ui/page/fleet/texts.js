// What the fleet's page says.

export const fleet = Object.freeze({
  title: "Fleet",
  host: "Host",
  filter: "Filter hosts",
  off: "This server asks no hosts. Start it with --fleet, and agents with --store.",
  none: "No host is known yet.",
  empty: "No host matches.",
  summary: (/** @type {number} */ there, /** @type {number} */ all) => `${there} of ${all} hosts are there`,
  failed: "failed",
  timeout: "no answer",
  stale: (/** @type {string} */ age) => `stale, ${age}`,
  unasked: "not asked yet",
  gone: "gone",
  spark: (/** @type {number} */ count) => `the last ${count} values`,
  chart: (/** @type {string} */ check) => `${check}: the least, the middle and the greatest over all hosts`,
  close: "Close",
  show: (/** @type {string} */ check) => `Chart of ${check}`,
});
