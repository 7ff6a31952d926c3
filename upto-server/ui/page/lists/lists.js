// The pages with lists.

import { addStyle, byId, POPUPS } from "../dom.js";
import { FleetList } from "../fleet/fleet.js";
import { JournalList } from "../watch/journal.js";
import { StatusList } from "../watch/status.js";
import { ClusterList } from "./clusters.js";
import { ContextList } from "./contexts.js";
import { ListPage } from "./page.js";
import { TimelineList } from "./timelines.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */
/** @typedef {import("../state/store.js").ViewStore} ViewStore */

const STYLES = ["panel.css", "runs.css", POPUPS, "lists.css", "fleet.css", "watch.css"];

/**
 * @param {HalClient} client
 * @param {ViewStore} store
 */
export async function addLists(client, store) {
  await Promise.all(STYLES.map(addStyle));
  const contextList = new ContextList(client, store, () => contexts.reload());
  const contexts = new ListPage(byId("contexts", HTMLElement), store, "contexts", contextList);
  const timelineList = new TimelineList(client, store, () => timelines.reload());
  const timelines = new ListPage(byId("timelines", HTMLElement), store, "timelines", timelineList);
  const statusList = new StatusList(client, store, () => status.reload());
  const status = new ListPage(byId("status", HTMLElement), store, "status", statusList);
  new ListPage(byId("journal", HTMLElement), store, "journal", new JournalList(client, store));
  new ListPage(byId("fleet", HTMLElement), store, "fleet", new FleetList(client, store));
  new ListPage(byId("clusters", HTMLElement), store, "clusters", new ClusterList(client, store));
}
