// Keys that work anywhere on the page. Letters are bound by their place on the keyboard, so that
// other layouts work; signs by what they are.

/** @typedef {import("./hands.js").Hands} Hands */

/**
 * What keys do beside what they do on the picture.
 * @typedef {object} KeyTarget
 * @property {(act: (hands: Hands) => void) => void} touch Does something on the picture.
 * @property {() => void} filter
 * @property {() => void} tree
 * @property {() => void} help
 * @property {() => void} path
 * @property {() => void} compare
 */

const ZOOM = 1.4;
const PAN = 0.15;

/**
 * @param {KeyTarget} target
 * @returns {Record<string, () => void>} By what a key writes, or else by its place.
 */
function bindings({ touch, filter, help, path, compare, tree }) {
  const zoom = (/** @type {number} */ factor) => () => touch((hands) => hands.zoom(factor));
  const pan = (/** @type {number} */ part) => () => touch((hands) => hands.pan(part));
  const scroll = (/** @type {number} */ rows) => () => touch((hands) => hands.scroll(rows));
  const level = (/** @type {1 | -1} */ by) => () => touch((hands) => hands.level(by));
  return {
    "+": zoom(1 / ZOOM),
    "=": zoom(1 / ZOOM),
    "-": zoom(ZOOM),
    "/": filter,
    "?": help,
    KeyW: zoom(1 / ZOOM),
    KeyS: zoom(ZOOM),
    KeyA: pan(-PAN),
    KeyD: pan(PAN),
    ArrowLeft: pan(-PAN),
    ArrowRight: pan(PAN),
    ArrowUp: scroll(-3),
    ArrowDown: scroll(3),
    KeyF: () => touch((hands) => hands.fit()),
    "[": level(-1),
    "]": level(1),
    BracketLeft: level(-1),
    BracketRight: level(1),
    KeyM: () => touch((hands) => hands.mark()),
    KeyP: path,
    KeyC: compare,
    KeyT: tree,
    Escape: () => touch((hands) => hands.escape()),
  };
}

/** @param {KeyboardEvent} event */
function isElsewhere({ target, ctrlKey, altKey, metaKey, defaultPrevented }) {
  if (defaultPrevented || ctrlKey || altKey || metaKey || !(target instanceof Element)) return true;
  return target.closest("input, textarea, select, dialog, [popover]") !== null;
}

/** @param {KeyTarget} target */
export function bindKeys(target) {
  const actions = bindings(target);
  document.addEventListener("keydown", (event) => {
    if (isElsewhere(event)) return;
    const action = actions[event.key] ?? actions[event.code];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
