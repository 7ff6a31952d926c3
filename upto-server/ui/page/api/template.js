// Addresses with parameters: the API writes them as templates (RFC 6570, `{?by,limit}`).

const EXPRESSION = /\{[?&]([^}]*)\}/g;

/**
 * The address that a template describes, with these parameters; what it has no place for is left out.
 * @param {string} template
 * @param {Record<string, string | number | null | undefined>} parameters Null and undefined are not said.
 * @returns {string}
 */
export function expanded(template, parameters) {
  const known = [...template.matchAll(EXPRESSION)].flatMap(([, names]) => names.split(","));
  const address = template.replace(EXPRESSION, "");
  const said = new URLSearchParams();
  for (const name of known) {
    const value = parameters[name.replace("*", "")];
    if (value !== null && value !== undefined) said.append(name.replace("*", ""), String(value));
  }
  const query = said.toString();
  return query === "" ? address : `${address}${address.includes("?") ? "&" : "?"}${query}`;
}
