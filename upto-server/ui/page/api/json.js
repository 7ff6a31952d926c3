// JSON as the API writes it. Ids of events are 64-bit numbers; JavaScript's are exact only up to
// 2^53, and two ids that differ in the last digits must not become one.

/** An id so long that a number could not hold it. Within a text, the quotes around `id` are escaped. */
const LONG_ID = /"id":\s*(\d{16,})/g;

/**
 * Parses, and keeps long ids as texts.
 * @param {string} text
 * @returns {any}
 * @throws {SyntaxError} when it is not JSON
 */
export function parseExactly(text) {
  return JSON.parse(text.replace(LONG_ID, '"id":"$1"'));
}
