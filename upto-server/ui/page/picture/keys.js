// Keys that work anywhere on the page. Letters are bound by their place on the keyboard, so that
// other layouts work; signs by what they are.

/**
 * What keys do.
 * @typedef {object} KeyTarget
 * @property {(factor: number) => void} zoom
 * @property {(part: number) => void} pan By a part of the picture's width.
 * @property {(rows: number) => void} scroll
 * @property {() => void} fit
 * @property {() => void} filter
 * @property {() => void} tree
 * @property {() => void} help
 * @property {(by: 1 | -1) => void} level Shows a level of names more, or less.
 * @property {() => void} mark Marks the instant under the pointer.
 * @property {() => void} path
 * @property {() => void} compare
 * @property {() => void} escape
 */

const ZOOM = 1.4;
const PAN = 0.15;

/**
 * @param {KeyTarget} target
 * @returns {Record<string, () => void>} By what a key writes, or else by its place.
 */
function bindings(target) {
  const zoomIn = () => target.zoom(1 / ZOOM);
  const zoomOut = () => target.zoom(ZOOM);
  return {
    "+": zoomIn,
    "=": zoomIn,
    "-": zoomOut,
    "/": target.filter,
    "?": target.help,
    KeyW: zoomIn,
    KeyS: zoomOut,
    KeyA: () => target.pan(-PAN),
    KeyD: () => target.pan(PAN),
    ArrowLeft: () => target.pan(-PAN),
    ArrowRight: () => target.pan(PAN),
    ArrowUp: () => target.scroll(-3),
    ArrowDown: () => target.scroll(3),
    KeyF: target.fit,
    "[": () => target.level(-1),
    "]": () => target.level(1),
    BracketLeft: () => target.level(-1),
    BracketRight: () => target.level(1),
    KeyM: target.mark,
    KeyP: target.path,
    KeyC: target.compare,
    KeyT: target.tree,
    Escape: target.escape,
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
