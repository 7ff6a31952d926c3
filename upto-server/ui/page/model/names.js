// Event names: dotted paths. `.` separates ancestors, `\.` is a literal dot, `\\` a backslash.

/**
 * One step of a path.
 * @typedef {object} Step
 * @property {string} text The segment as people read it, without escapes.
 * @property {string} raw The segment as it was sent, escapes included.
 * @property {number} end Where it ends in the whole name: `name.slice(0, end)` names this ancestor.
 */

const DOT = 46;
const BACKSLASH = 92;

/**
 * Whether the character after a backslash is one that may be escaped. Any other backslash stands
 * for itself, as senders that know nothing of escapes write it (`C:\build`).
 * @param {number} code
 */
function isEscapable(code) {
  return code === DOT || code === BACKSLASH;
}

/**
 * Removes the escapes.
 * @param {string} raw
 * @returns {string}
 */
export function unescapeName(raw) {
  return raw.includes("\\") ? raw.replace(/\\([.\\])/g, "$1") : raw;
}

/**
 * A text as one segment of a name.
 * @param {string} text
 * @returns {string}
 */
export function escapeSegment(text) {
  return text.replace(/[.\\]/g, "\\$&");
}

/**
 * Splits a name at its unescaped dots. Never fails: an empty segment is a step with an empty text.
 * @param {string} name
 * @returns {Step[]}
 */
export function splitName(name) {
  const steps = [];
  let start = 0;
  for (let at = 0; at <= name.length; at++) {
    const code = at === name.length ? DOT : name.charCodeAt(at);
    if (code === BACKSLASH && isEscapable(name.charCodeAt(at + 1))) {
      at++;
    } else if (code === DOT) {
      const raw = name.slice(start, at);
      steps.push({ text: unescapeName(raw), raw, end: at });
      start = at + 1;
    }
  }
  return steps;
}

/**
 * Shortens a text for a place where only its beginning can be seen, so that a name of 10 kB costs
 * no layout. Never cuts a character in two.
 * @param {string} text
 * @param {number} limit In UTF-16 units.
 * @returns {string}
 */
export function clip(text, limit) {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, splitsPair ? limit - 1 : limit)}…`;
}
