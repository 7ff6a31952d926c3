// Puts the page together: one state (which is the address), one client, one session that watches a
// timeline, and the parts that show it.

import { Answers, LEAST_RUNS } from "./answers/answers.js";
import { HalClient } from "./api/hal.js";
import { Clock } from "./clock.js";
import { addStyle, byId, POPUPS } from "./dom.js";
import { Header } from "./header/header.js";
import { Late } from "./late.js";
import { Notice } from "./notice.js";
import { Panel } from "./panel/panel.js";
import { bindKeys } from "./picture/keys.js";
import { Picture } from "./picture/picture.js";
import { Session } from "./session.js";
import { ViewStore } from "./state/store.js";
import { toggleCompare, Toolbar } from "./toolbar/toolbar.js";

const API_ROOT = "api";

const store = new ViewStore(window);
const client = new HalClient(API_ROOT);
const session = new Session(client, store);
const clock = new Clock(client, session);
const answers = new Answers(client, session, store);
const notice = new Notice(byId("notice", HTMLElement), session, store);
const header = new Header(byId("header", HTMLElement), { client, session, store, clock }, toggleHelp);
const picture = new Picture(
  {
    root: byId("picture", HTMLElement),
    headings: byId("headings", HTMLElement),
    minimap: byId("minimap", HTMLCanvasElement),
    axis: byId("axis", HTMLCanvasElement),
    scroller: byId("scroller", HTMLElement),
    content: byId("content", HTMLElement),
    pane: byId("pane", HTMLElement),
    tree: byId("tree", HTMLElement),
    splitter: byId("splitter", HTMLElement),
    bars: byId("bars", HTMLCanvasElement),
    tooltip: byId("tooltip", HTMLElement),
  },
  { store, session, clock, answers },
  (rows) => notice.setRows(rows),
);

const parts = { store, session, answers, clock, client, frame: () => picture.frame };
new Toolbar(byId("toolbar", HTMLElement), parts);
new Panel(byId("panel", HTMLElement), parts);

const help = new Late(
  async () => {
    const [{ Help }] = await Promise.all([import("./help.js"), addStyle(POPUPS)]);
    return new Help(byId("help", HTMLDialogElement));
  },
  (opened) => opened.toggle(),
);

function toggleHelp() {
  help.want()?.toggle();
}

const strip = byId("strip", HTMLElement);

/** What tells of earlier timelines, where there are some. */
const earlier = new Late(async () => {
  const { showEarlier } = await import("./picture/earlier.js");
  await showEarlier(strip, header.verdict, parts);
  return true;
}, tellEarlier);

/** What puts the picture on paper: whoever prints waits for nothing. It comes when what is looked at is there. */
const paper = new Late(async () => {
  const [{ printWell }] = await Promise.all([import("./picture/paper.js"), addStyle("paper.css")]);
  printWell(parts);
});

const stuck = new Late(async () => (await import("./header/stuck-note.js")).noteStuck(parts));

function tellEarlier() {
  paper.want();
  if (answers.stuck.value) stuck.want();
  const { length } = answers.history.value?.runs ?? [];
  const isTold = length < LEAST_RUNS || earlier.want();
  if (answers.history.value !== null && isTold) strip.dataset.runs = String(length);
}
answers.subscribe(tellEarlier);

const lists = new Late(
  async () => (await import("./lists/lists.js")).addLists(client, store),
  () => paper.want(),
);

/** Only one page is there at a time. */
function showPage() {
  const { page } = store.view;
  byId("picture", HTMLElement).hidden = page !== "timeline";
  if (page !== "timeline") lists.want();
}
store.subscribe(showPage);
showPage();

bindKeys({
  touch: (act) => picture.touch(act),
  filter: () => header.filter.focus(),
  tree: () => byId("tree", HTMLElement).focus(),
  help: toggleHelp,
  path: () => store.change("path", { path: !store.view.path }),
  compare: () => toggleCompare(store),
});

if (store.view.page === "timeline") session.open();
