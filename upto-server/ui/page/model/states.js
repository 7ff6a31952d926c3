// The states of events.

/** The states as numbers, for the column. The order is that of urgency: the least first. */
export const State = Object.freeze({ done: 0, point: 1, cancelled: 2, unknown_start: 3, open: 4, failed: 5 });

/** By those numbers. */
export const STATE_NAMES = /** @type {readonly (keyof typeof State)[]} */ (Object.keys(State));
