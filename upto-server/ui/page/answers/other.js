// All events of another timeline, for one that is compared with it.

import { chunksOf, COLUMNS_TYPE } from "../api/columns.js";
import { columnsOf } from "../feed.js";
import { Loader } from "../model/loader.js";
import { TimelineModel } from "../model/timeline.js";

/** @typedef {import("../api/hal.js").HalClient} HalClient */

/**
 * @param {HalClient} client
 * @param {string} href
 * @param {import("../state/view.js").Grouping} grouping
 * @param {AbortSignal} signal
 */
export async function modelOf(client, href, grouping, signal) {
  /** @type {import("../api/types.js").TimelineResource} */
  const timeline = await client.get(href, signal);
  const model = new TimelineModel(grouping);
  const loader = new Loader(model);
  const pieces = client.bytes(columnsOf(timeline), COLUMNS_TYPE, signal);
  for await (const chunk of chunksOf(pieces)) loader.add(chunk);
  return model;
}
