// The pages with lists.

import { byId } from "../dom.js";
import { ClusterList } from "./clusters.js";
import { ContextList } from "./contexts.js";
import { ListPage } from "./page.js";
import { TimelineList } from "./timelines.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

/**
 * @param {HalClient} client
 * @param {ViewStore} store
 */
export function addLists(client, store) {
  const contextList = new ContextList(client, store, () => contexts.reload());
  const contexts = new ListPage(byId("contexts", HTMLElement), store, "contexts", contextList);
  const timelineList = new TimelineList(client, store, () => timelines.reload());
  const timelines = new ListPage(byId("timelines", HTMLElement), store, "timelines", timelineList);
  const clusterList = new ClusterList(client, store, () => clusters.reload());
  const clusters = new ListPage(byId("clusters", HTMLElement), store, "clusters", clusterList);
}
