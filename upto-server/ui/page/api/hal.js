// The one client of the API. It takes links as they come and builds none.

import { parseExactly } from "./json.js";

/** @typedef {import("./types.js").Resource} Resource */
/** @typedef {"unreachable" | "refused" | "unreadable"} ProblemKind */

/** A request that failed. */
export class Problem extends Error {
  /**
   * @param {ProblemKind} kind No answer; an answer that says no; an answer that is not understood.
   * @param {string} detail What the server said of it; empty if it said nothing.
   * @param {number} status The HTTP status; 0 without an answer.
   */
  constructor(kind, detail, status) {
    super(detail || kind);
    this.detail = detail;
    this.kind = kind;
    this.status = status;
  }
}

/**
 * The address behind a relation, or null if the resource has none. Of several the first. The API's own relations are
 * written with its prefix.
 * @param {Resource} resource
 * @param {string} relation
 * @returns {string | null}
 */
export function linkOf(resource, relation) {
  const link = resource._links[relation] ?? resource._links[`upto:${relation}`];
  const first = Array.isArray(link) ? link[0] : link;
  return first?.href ?? null;
}

/**
 * What one page of a list holds.
 * @param {Resource} list
 * @returns {any[]}
 */
export function embeddedIn(list) {
  return list._embedded?.item ?? [];
}

/**
 * The resources of one page of a list, each with its address.
 * @template {Resource} T
 * @param {Resource} list
 * @returns {{href: string, resource: T}[]}
 */
export function itemsOf(list) {
  const links = list._links.item ?? [];
  const all = Array.isArray(links) ? links : [links];
  return embeddedIn(list).map((resource, at) => ({
    href: all[at]?.href ?? linkOf(resource, "self") ?? "",
    resource,
  }));
}

/**
 * The same address with the size of a list's pages: the one parameter that clients add.
 * @param {string} href
 * @param {number} limit
 */
function withLimit(href, limit) {
  const url = new URL(href, document.baseURI);
  url.searchParams.set("limit", String(limit));
  return url.href;
}

/** @param {Response} response */
async function problemIn(response) {
  const type = response.headers.get("content-type") ?? "";
  const body = type.includes("json") ? await response.json().catch(() => null) : null;
  return new Problem("refused", String(body?.detail ?? body?.title ?? response.statusText), response.status);
}

/**
 * Whether a request ended because nobody wants its answer any more.
 * @param {unknown} error
 */
export function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Reads resources. What changes them is in `send.js`. */
export class HalClient {
  #root;
  /** How far the server's clock is ahead of this computer's, in milliseconds. */
  clockOffset = 0;
  /** Whether one has to be logged in: answers say whether others may keep them. */
  hasLogin = false;

  /** @param {string} root Address of the root resource. */
  constructor(root) {
    this.#root = root;
  }

  /**
   * The root resource, from which everything is reached.
   * @param {AbortSignal} signal
   */
  root(signal) {
    return this.get(this.#root, signal);
  }

  /**
   * @template {Resource} T
   * @param {string} href
   * @param {AbortSignal} signal
   * @returns {Promise<T>}
   * @throws {Problem} when there is no such answer; an `AbortError` when the signal says stop
   */
  async get(href, signal) {
    const asked = Date.now();
    const response = await this.#fetch(href, { signal, headers: { accept: "application/hal+json" } });
    this.#compareClocks(response, asked);
    this.hasLogin ||= (response.headers.get("cache-control") ?? "").includes("private");
    if (!response.ok) throw await problemIn(response);
    try {
      return parseExactly(await response.text());
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new Problem("unreadable", "", response.status);
    }
  }

  /**
   * Any request, whose answer the caller reads.
   * @param {string} href
   * @param {RequestInit} request
   * @throws {Problem} when the server refuses or does not answer; an `AbortError` when the signal says stop
   */
  async ask(href, request) {
    const response = await this.#fetch(href, request);
    if (!response.ok) throw await problemIn(response);
    return response;
  }

  /**
   * The bytes of an answer, as they come.
   * @param {string} href
   * @param {string} type What the answer shall be.
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<Uint8Array>}
   * @throws {Problem} when there is no such answer; an `AbortError` when the signal says stop
   */
  async *bytes(href, type, signal) {
    const response = await this.ask(href, { signal, headers: { accept: type } });
    const reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  }

  /**
   * @param {string} href
   * @param {RequestInit} request
   */
  async #fetch(href, request) {
    try {
      return await fetch(new URL(href, document.baseURI), request);
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new Problem("unreachable", "", 0);
    }
  }

  /**
   * The `Date` header tells the server's clock to the second: a smaller difference says nothing.
   * @param {Response} response
   * @param {number} asked
   */
  #compareClocks(response, asked) {
    const told = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(told)) return;
    const offset = told + 500 - (asked + Date.now()) / 2;
    this.clockOffset = Math.abs(offset) > 2000 ? offset : 0;
  }

  /**
   * The pages of a list, one after the other.
   * @param {string} href
   * @param {number} limit How many items a page has at most.
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<Resource>}
   */
  async *pages(href, limit, signal) {
    /** @type {string | null} */
    let next = withLimit(href, limit);
    while (next !== null) {
      const page = await this.get(next, signal);
      yield page;
      next = linkOf(page, "next");
    }
  }

  /**
   * The first item of a list that is the wanted one, or null.
   * @template {Resource} T
   * @param {string} href
   * @param {(resource: T) => boolean} isWanted
   * @param {AbortSignal} signal
   * @returns {Promise<{href: string, resource: T} | null>}
   */
  async find(href, isWanted, signal) {
    for await (const page of this.pages(href, 1000, signal)) {
      /** @type {{href: string, resource: T}[]} */
      const items = itemsOf(page);
      const found = items.find((item) => isWanted(item.resource));
      if (found) return found;
    }
    return null;
  }
}
