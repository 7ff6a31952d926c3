// Changes resources.

/** @typedef {import("./hal.js").HalClient} HalClient */

/**
 * Changes something.
 * @param {HalClient} client
 * @param {"PUT" | "PATCH" | "DELETE" | "POST"} method
 * @param {string} href
 * @param {unknown} [body] Sent as JSON; undefined sends nothing.
 * @throws {import("./hal.js").Problem} when the server refuses or does not answer
 */
export async function send(client, method, href, body) {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  /** @type {RequestInit} */
  const request = { method, headers: { accept: "application/hal+json" } };
  if (body !== undefined) {
    request.headers = { accept: "application/hal+json", "content-type": type };
    request.body = JSON.stringify(body);
  }
  await client.ask(href, request);
}
