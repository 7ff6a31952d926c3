// What is missing where there is no picture, and what to do.

import { element } from "./dom.js";
import { exampleOf } from "./example.js";
import { clip } from "./model/names.js";
import * as texts from "./texts.js";

/** @typedef {import("./notice.js").Content} Content */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./state/store.js").ViewStore} ViewStore */

const words = texts.notices;
const NAME_LIMIT = 120;

/**
 * @param {Session} session
 * @param {ViewStore} store
 * @returns {Content}
 */
export function missing(session, store) {
  const { phase, error, context } = session;
  const { view } = store;
  const name = clip(context?.name ?? view.context ?? "", NAME_LIMIT);
  switch (phase) {
    case "failed":
      return {
        key: `failed ${texts.failure(error)}`,
        title: words.failed,
        parts: failureParts(error, session),
      };
    case "no-contexts":
      return { key: phase, title: words.noContexts, parts: example(words.sendFirst, "demo") };
    case "no-context":
      return { key: `${phase} ${name}`, title: words.noContext(name), parts: wayOut(store) };
    case "no-timelines":
      return {
        key: `${phase} ${name}`,
        title: words.noTimelines(name),
        parts: example(words.sendFirst, context?.name ?? ""),
      };
    case "no-timeline":
      return noTimeline(clip(view.timeline ?? "", NAME_LIMIT), store);
    default:
      return withoutRows(name, session, store);
  }
}

/**
 * @param {string} timeline
 * @param {ViewStore} store
 * @returns {Content}
 */
function noTimeline(timeline, store) {
  return { key: `no-timeline ${timeline}`, title: words.noTimeline(timeline), parts: wayOut(store) };
}

/**
 * A timeline that is there, but has nothing to show.
 * @param {string} name Of its context.
 * @param {Session} session
 * @param {ViewStore} store
 * @returns {Content}
 */
function withoutRows(name, { model, context }, store) {
  if (model === null || model.tree.length === 0)
    return {
      key: `empty ${name}`,
      title: words.noEvents,
      parts: example(words.waiting, context?.name ?? ""),
    };
  const { filter } = store.view;
  const clear = button(words.clearFilter, () => store.change("filter", { filter: "" }));
  return { key: `filter ${filter}`, title: words.noMatch(clip(filter, NAME_LIMIT)), parts: [clear] };
}

/**
 * @param {unknown} error
 * @param {Session} session
 */
function failureParts(error, session) {
  const { status } = /** @type {Partial<import("./api/hal.js").Problem>} */ (error ?? {});
  const login = status === 401 ? [element("a", { href: "login", class: "button" }, words.login)] : [];
  return [
    element("p", {}, texts.failure(error)),
    ...login,
    button(words.retry, () => session.open()),
  ];
}

/** @param {ViewStore} store */
function wayOut(store) {
  const everything = { context: null, timeline: null, from: null, to: null };
  return [button(words.showAll, () => store.change("choose", everything))];
}

/**
 * @param {string} text
 * @param {string} context
 */
function example(text, context) {
  return [element("p", {}, text), exampleOf(texts.firstEvent(location.origin, context))];
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
function button(text, onClick) {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", onClick);
  return made;
}
