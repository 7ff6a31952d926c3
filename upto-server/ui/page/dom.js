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
