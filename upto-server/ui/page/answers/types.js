// What the API answers to questions about a timeline (docs/api.md), as types only.

/** @typedef {import("../api/types.js").Resource} Resource */
/** @typedef {import("../api/types.js").ApiEvent} ApiEvent */

/** @typedef {Resource & {timeline: string, start: string | null, state: string, duration_seconds: number | null}} Run */
/** @typedef {"unknown" | "usual" | "note" | "regression" | "improvement"} Verdict */
/**
 * @typedef {object} JudgedFields
 * @property {string} timeline
 * @property {Verdict} verdict
 * @property {string} reason
 * @property {number | null} median_seconds
 * @property {number | null} p90_seconds
 * @property {number} compared_with
 */
/** @typedef {Resource & JudgedFields} Judged */
/** @typedef {{timeline: string, before_median_seconds: number, after_median_seconds: number}} ChangeFields */
/** @typedef {Resource & ChangeFields} Change */
/** @typedef {Resource & {event: string | null, runs: Run[], unreadable: number, judged: Judged | null, changes: Change[]}} History */

/** @typedef {{count: number, duration_seconds: number, share: number}} Others */
/** Null: what is nobody's time. @typedef {{name: string | null, sections: number, duration_seconds: number, share: number}} PathName */
/** @typedef {{from: string, to: string, duration_seconds: number, share: number, event: ApiEvent | null}} Section */
/**
 * @typedef {object} Step
 * @property {ApiEvent} event
 * @property {number} duration_seconds
 * @property {number} own_seconds
 * @property {number} slack_seconds
 * @property {number} drag_seconds
 */
/** @typedef {{open: number, unknown_start: number}} LeftOut */
/**
 * @typedef {object} PathFields
 * @property {boolean} estimated
 * @property {number | null} duration_seconds
 * @property {number} unattributed_seconds
 * @property {number} learned_from
 * @property {PathName[]} names
 * @property {Others} other_names
 * @property {Section[]} sections
 * @property {Others} other_sections
 * @property {Step[]} steps
 * @property {number} other_steps
 * @property {{name: string, slack_seconds: number}[]} beside
 * @property {LeftOut} left_out
 */
/** @typedef {Resource & PathFields} CriticalPath */

/** @typedef {{count: number, total_seconds: number, on_path_seconds: number, gap_seconds: number}} CauseSide */
/** @typedef {{before: ApiEvent | null, after: ApiEvent | null, change_seconds: number}} Occurrence */
/**
 * @typedef {object} Cause
 * @property {"grew" | "shrank" | "new" | "gone" | "gap_grew" | "gap_shrank" | "lost_overlap" | "gained_overlap"} kind
 * @property {string | null} row
 * @property {number} effect_seconds
 * @property {CauseSide | null} before
 * @property {CauseSide | null} after
 * @property {Occurrence[]} occurrences
 */
/**
 * @typedef {object} ComparisonFields
 * @property {string} with
 * @property {boolean} estimated
 * @property {number | null} before_seconds
 * @property {number | null} after_seconds
 * @property {number | null} difference_seconds
 * @property {Cause[]} causes
 * @property {{count: number, effect_seconds: number}} other_causes
 * @property {{before: LeftOut, after: LeftOut}} left_out
 */
/** @typedef {Resource & ComparisonFields} Comparison */

/**
 * @typedef {object} ForecastStep
 * @property {string} name
 * @property {"done" | "running" | "overdue" | "to_come"} stage
 * @property {string | null} begin Null where nobody can know.
 * @property {string | null} end Likewise.
 * @property {number} usual_p50_seconds
 * @property {number} usual_p90_seconds
 */
/**
 * @typedef {object} ForecastFields
 * @property {string | null} reason
 * @property {number} runs
 * @property {number | null} elapsed_seconds
 * @property {number | null} left_p50_seconds
 * @property {number | null} left_p90_seconds
 * @property {string | null} end_p50
 * @property {string | null} end_p90
 * @property {number | null} percent
 * @property {ForecastStep[]} steps
 */
/** @typedef {Resource & ForecastFields} Forecast */

/** @typedef {{event: ApiEvent, open_seconds: number, limit_seconds: number, by_history: boolean}} StuckEvent */
/** @typedef {Resource & {context: string, timeline: string, total: number, learned_from: number, events: StuckEvent[]}} StuckTimeline */
/** @typedef {Resource & {limit_seconds: number | null, unreadable: number, timelines: StuckTimeline[]}} Stuck */

/**
 * @typedef {object} BlameRow
 * @property {string} name
 * @property {string} key
 * @property {number} events
 * @property {number} self_seconds
 * @property {number} self_share
 * @property {number} total_seconds
 * @property {number} drag_seconds
 */
/** @typedef {{count: number, self_seconds: number, self_share: number, total_seconds: number, drag_seconds: number}} BlameOthers */
/** @typedef {Resource & {duration_seconds: number | null, idle_seconds: number, slowest: BlameRow[], others: BlameOthers, left_out: LeftOut}} Blame */

export {};
