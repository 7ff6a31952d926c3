// What the API answers of heartbeats, pings, alerts, agents and the journal (docs/watch.md), as types only.

/** @typedef {import("../api/types.js").Resource} Resource */

/**
 * @typedef {object} HeartbeatFields
 * @property {string} service
 * @property {string} run Empty: it does not tell its runs apart.
 * @property {"new" | "up" | "late" | "dead" | "cancelled" | "paused"} state
 * @property {string} since
 * @property {string | null} last
 * @property {string | null} expected When it has to pulse; null: it is not waited for.
 * @property {string | null} deadline When it is dead unless it pulses.
 * @property {string} text
 * @property {{day: number | null, week: number | null, month: number | null}} uptime Parts, 0 to 1.
 */
/** @typedef {Resource & HeartbeatFields} Heartbeat */

/**
 * @typedef {object} PingFields
 * @property {string} service
 * @property {string} url
 * @property {"up" | "down" | "unknown"} state
 * @property {string | null} last
 * @property {number | null} latency_seconds
 * @property {string | null} problem
 */
/** @typedef {Resource & PingFields} Ping */
/** @typedef {{time: string, latency_seconds: number, problem: string | null}} Outcome */

/**
 * @typedef {object} Alert
 * @property {string} id
 * @property {string} source
 * @property {string} subject
 * @property {string} title
 * @property {string} time
 * @property {string} target_type
 * @property {string} target
 * @property {"waiting" | "sent" | "quiet" | "given-up"} state
 * @property {number} attempts
 * @property {string | null} problem
 */

/**
 * @typedef {object} Agent
 * @property {string} id
 * @property {string} name
 * @property {string} way
 * @property {string} last_seen
 * @property {{bytes: number, messages: number}} backlog
 * @property {number} lag_seconds
 * @property {number} lost
 * @property {number} refused
 */

/** @typedef {{time: string, service: string, level: number, message: string, alert: boolean}} Line */

export {};
