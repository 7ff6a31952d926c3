// What is chosen: the context and the timeline.

import * as texts from "../texts.js";
import { Picker } from "./picker.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

export class Pickers {
  #session;
  #store;

  /**
   * @param {HalClient} client
   * @param {Session} session
   * @param {ViewStore} store
   */
  constructor(client, session, store) {
    this.#session = session;
    this.#store = store;
    const parts = { client, session, store };
    this.contexts = new Picker("pick-context", texts.header.context, async (picker) =>
      (await import("./choices.js")).contextList(picker, parts),
    );
    this.timelines = new Picker("pick-timeline", texts.header.timeline, async (picker) =>
      (await import("./choices.js")).timelineList(picker, parts),
    );
    session.subscribe(() => this.#update());
    this.#update();
  }

  #update() {
    const { context, timeline } = this.#session;
    const { view } = this.#store;
    this.contexts.show(context?.name ?? view.context ?? texts.header.none);
    const name = timeline?.name ?? view.timeline ?? texts.header.none;
    this.timelines.show(name);
  }
}
