// What the API answers (docs/api.md), as types only.

/** @typedef {{href: string}} Link */
/** @typedef {Record<string, Link | Link[] | undefined>} Links */
/** @typedef {{_links: Links, _embedded?: {item?: any[]}}} Resource */

/**
 * @typedef {object} ContextFields
 * @property {string} name
 * @property {string | null} [latest] The name of its newest timeline.
 * @property {"running" | "failed" | "done" | null} [state]
 * @property {string | null} [last] When something last happened in it.
 * @property {number} [timelines] How many it has.
 */
/** @typedef {Resource & ContextFields} ContextResource */

/**
 * What is missing from a timeline.
 * @typedef {object} Loss
 * @property {number} packets Packets that were lost.
 * @property {number} messages Messages in those packets.
 * @property {number} dropped Messages that the senders dropped.
 * @property {boolean} at_least Whether it may be more.
 */

/**
 * How far clocks are apart.
 * @typedef {object} Skew
 * @property {boolean} corrected Whether times are corrected.
 * @property {number} applied How many hosts' times are, unless that is switched off.
 * @property {{host: string | null, offset_seconds: number, uncertainty_seconds: number, applied: boolean}[]} clocks
 */

/**
 * @typedef {object} TimelineFields
 * @property {string} context
 * @property {string} name
 * @property {"running" | "failed" | "done"} state
 * @property {string | null} first
 * @property {string | null} last
 * @property {number | null} duration_seconds
 * @property {{total: number, open: number, failed: number}} events
 * @property {Loss} loss
 * @property {Skew} skew
 * @property {boolean} [pinned]
 * @property {Record<string, string>} [metadata]
 */
/** @typedef {Resource & TimelineFields} TimelineResource */

/** @typedef {"open" | "done" | "failed" | "cancelled" | "unknown_start" | "point"} EventState */

/**
 * @typedef {object} ApiEvent
 * @property {string} name
 * @property {string} [host]
 * @property {number | string} id 0: none was given. A text where a number would lose digits.
 * @property {string | null} start
 * @property {string | null} end
 * @property {EventState} state
 * @property {Record<string, unknown>} [attributes]
 * @property {string} [message]
 * @property {boolean} [truncated] The sender left out attributes, or a part of the message.
 */

export {};
