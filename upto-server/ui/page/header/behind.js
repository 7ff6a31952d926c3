// Agents that are behind: what they still have to hand over may be of the timeline that is shown. Mostly none is: what is
// said of them is fetched when there is one.

import { isAbort, itemsOf, linkOf } from "../api/hal.js";
import { element, setText } from "../dom.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../api/types.js").TimelineResource} TimelineResource */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../watch/types.js").Agent} Agent */

/** How often agents are asked about, while that may matter. */
const EVERY_MS = 10_000;
/** From so many seconds on an agent is too far behind for what it brings to be live. */
export const BEHIND = 10;
/** An agent keeps nothing that is older: so long after its end, a timeline is as complete as it will be. */
const OLD_MS = 8 * 86_400_000;

/**
 * The agents that may still bring something of a timeline: what they have is no newer than how far they are behind.
 * @param {readonly Agent[]} agents
 * @param {Pick<TimelineResource, "state" | "last">} timeline
 * @param {number} now In milliseconds since the epoch.
 * @returns {Agent[]} The one that is furthest behind first.
 */
export function behindFor(agents, { state, last }, now) {
  const ended = state === "running" || last === null ? now : Date.parse(last);
  /** @param {Agent} agent */
  const matters = ({ lag_seconds: lag }) => lag >= BEHIND && now - lag * 1000 <= ended;
  return agents.filter(matters).sort((left, right) => right.lag_seconds - left.lag_seconds);
}

/** Whether agents may still bring something. @param {TimelineResource} timeline */
function mayLack({ state, last }) {
  return state === "running" || Date.now() - Date.parse(last ?? "") <= OLD_MS;
}

export class Behind {
  #client;
  #session;
  #abort = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The timeline that was asked about. */
  #about = "";
  /** Whether any agent is behind. */
  #isAny = false;
  element = element("a", { class: "loss", href: "#page=status" });

  /**
   * @param {HalClient} client
   * @param {Session} session
   */
  constructor(client, session) {
    this.#client = client;
    this.#session = session;
    session.subscribe(() => this.#update());
    document.addEventListener("visibilitychange", () => this.#update());
    this.#update();
  }

  /** Asks anew where another timeline is shown; nothing for an old one, or while nobody looks. */
  #update() {
    const { timeline } = this.#session;
    const isAsked = timeline && mayLack(timeline) && !document.hidden;
    const about = isAsked ? `${timeline.context} ${timeline.name} ${timeline.state}` : "";
    if (about === this.#about) return;
    this.#about = about;
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#isAny = false;
    setText(this.element, "");
    if (about !== "") this.#ask(this.#abort.signal);
  }

  /** Whoever may not know of agents is told of none. @param {AbortSignal} signal */
  async #ask(signal) {
    try {
      const href = linkOf(await this.#client.root(signal), "agents");
      if (href === null) return;
      const agents = itemsOf(await this.#client.get(href, signal)).map(({ resource }) => resource);
      await this.#show(/** @type {any[]} */ (agents), signal);
    } catch (error) {
      const { status } = /** @type {Partial<import("../api/hal.js").Problem>} */ (error ?? {});
      if (isAbort(error) || status === 401 || status === 403) return;
    }
    const isOver = this.#session.timeline?.state !== "running" && !this.#isAny;
    if (!isOver && !signal.aborted) this.#timer = setTimeout(() => this.#ask(signal), EVERY_MS);
  }

  /**
   * @param {Agent[]} agents
   * @param {AbortSignal} signal
   */
  async #show(agents, signal) {
    const { timeline } = this.#session;
    if (!timeline) return;
    const behind = behindFor(agents, timeline, Date.now() + this.#client.clockOffset);
    this.#isAny = behind.length > 0;
    if (!this.#isAny) return setText(this.element, "");
    const { tell } = await import("./behind-note.js");
    if (!signal.aborted) tell(this.element, behind);
  }
}
