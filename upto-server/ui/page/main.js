// Puts the page together: one state (which is the address), one client, one session that watches a
// timeline, and the parts that show it.

import { HalClient } from "./api/hal.js";
import { Clock } from "./clock.js";
import { byId } from "./dom.js";
import { Header } from "./header/header.js";
import { Help } from "./help.js";
import { Notice } from "./notice.js";
import { bindKeys } from "./picture/keys.js";
import { Picture } from "./picture/picture.js";
import { Session } from "./session.js";
import { ViewStore } from "./state/store.js";

const API_ROOT = "api";

const store = new ViewStore(window);
const client = new HalClient(API_ROOT);
const session = new Session(client, store);
const clock = new Clock(client, session);
const help = new Help(byId("help", HTMLDialogElement));
const notice = new Notice(byId("notice", HTMLElement), session, store);
const header = new Header(byId("header", HTMLElement), { client, session, store, clock }, () =>
  help.toggle(),
);
const picture = new Picture(
  {
    root: byId("picture", HTMLElement),
    headings: byId("headings", HTMLElement),
    axis: byId("axis", HTMLCanvasElement),
    scroller: byId("scroller", HTMLElement),
    content: byId("content", HTMLElement),
    pane: byId("pane", HTMLElement),
    tree: byId("tree", HTMLElement),
    splitter: byId("splitter", HTMLElement),
    bars: byId("bars", HTMLCanvasElement),
    tooltip: byId("tooltip", HTMLElement),
  },
  { store, session, clock },
  (rows) => notice.setRows(rows),
);

bindKeys({
  zoom: (factor) => picture.zoom(factor),
  pan: (part) => picture.pan(part),
  scroll: (rows) => picture.scroll(rows),
  fit: () => picture.fit(),
  filter: () => header.filter.focus(),
  tree: () => picture.focusTree(),
  help: () => help.toggle(),
  escape: () => picture.leave(),
});

session.open();
