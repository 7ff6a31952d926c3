// Elements made in one call. Data only ever becomes text or attributes, never markup.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * The element of the page that has an id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} Kind
 * @returns {T}
 */
export function byId(id, Kind) {
  const found = document.getElementById(id);
  if (!(found instanceof Kind)) throw new Error(`index.html has no ${Kind.name} #${id}`);
  return found;
}

/** @type {Map<string, Promise<unknown>>} Style sheets by their paths, each when it is there or can't be had. */
const styles = new Map();

/**
 * Fetches a style sheet that is needed later than the first ones, once.
 * @param {string} path Below `ui/`.
 */
export function addStyle(path) {
  const known = styles.get(path);
  if (known) return known;
  const link = element("link", { rel: "stylesheet", href: `ui/${path}` });
  const settled = new Promise((settle) => (link.onload = link.onerror = settle));
  styles.set(path, settled);
  document.head.append(link);
  return settled;
}

/** What opens above the picture: menus, lists to choose from, dialogs, the tooltip. */
export const POPUPS = "popups.css";

/**
 * Fetches what a button opens when it is first pressed; where that fails, when it is pressed again.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} fetch
 */
export function onFirstPress(button, fetch) {
  const press = () =>
    fetch().catch(() => button.addEventListener("click", press, { once: true }));
  button.addEventListener("click", press, { once: true });
}

/**
 * Sets a text, unless it is there already: writing costs a layout, comparing does not.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Sets or removes an attribute, unless it is so already.
 * @param {Element} node
 * @param {string} name
 * @param {string | null} value Null removes it.
 */
export function setAttribute(node, name, value) {
  if (node.getAttribute(name) === value) return;
  if (value === null) node.removeAttribute(name);
  else node.setAttribute(name, value);
}
