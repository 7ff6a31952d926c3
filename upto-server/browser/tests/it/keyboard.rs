//! Everything once, without a mouse.

use upto_server_browser::{Page, browse, send_history};

const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const TAB: &str = "\u{E004}";
const SHIFT: &str = "\u{E008}";
const DOWN: &str = "\u{E015}";
const LEFT: &str = "\u{E012}";
const RIGHT: &str = "\u{E014}";

/// Presses Tab until an element has the focus.
async fn tab_to(page: &Page, selector: &str) {
    for _ in 0..60 {
        if page.value(&format!("document.activeElement.matches({})", serde_json::json!(selector))).await
            == true
        {
            return;
        }
        page.press(&[TAB]).await;
    }
    panic!("Tab does not lead to {selector}");
}

#[test]
fn from_the_contexts_to_the_cause_without_a_mouse() {
    browse("keyboard", async |server, page| {
        send_history(server);
        page.open("page=contexts").await;
        page.until_text("#contexts tbody", "build").await;
        tab_to(page, "#contexts tbody td a").await;
        page.press(&[ENTER]).await;
        page.until_text(".verdict-chip", "slower").await;

        tab_to(page, ".verdict-chip").await;
        page.press(&[ENTER]).await;
        page.until_text("#pane-body tbody tr:first-of-type", "release.build.compile.server").await;

        tab_to(page, "#toolbar select").await;
        page.press(&["t"]).await;
        page.value("document.activeElement.blur()").await;
        page.press(&["t"]).await;
        page.until("document.activeElement.id === 'tree'").await;
        page.press(&[DOWN, DOWN]).await;
        page.until("document.querySelector('#tree').getAttribute('aria-activedescendant') !== null").await;
        // To what is above it, and fold that.
        page.press(&[LEFT, LEFT]).await;
        page.until_address("fold=").await;
        page.press(&[RIGHT]).await;
        page.until("!location.hash.includes('fold=')").await;
        page.press(&["i"]).await;
        page.until("!document.querySelector('#tooltip').hidden").await;
        page.press(&[ESCAPE]).await;

        tab_to(page, "#splitter").await;
        page.press(&[RIGHT]).await;
        page.until_address("names=").await;
        tab_to(page, "#panel [role=tab]").await;
        page.press(&[RIGHT, ENTER]).await;
        page.until_address("show=history").await;
        page.press_with(SHIFT, TAB).await;
        page.press(&["?"]).await;
        page.until("document.querySelector('#help').open").await;
        page.press(&[ESCAPE]).await;
        page.until("!document.querySelector('#help').open").await;
    });
}

#[test]
fn lists_open_and_narrow_by_keys() {
    browse("keyboard-picker", async |server, page| {
        send_history(server);
        page.open_timeline("context=build&timeline=30").await;
        tab_to(page, "[popovertarget=pick-timeline]").await;
        page.press(&[ENTER]).await;
        page.until("document.querySelectorAll('#pick-timeline li').length > 20").await;
        page.press(&["1", "7"]).await;
        page.until("document.querySelectorAll('#pick-timeline li').length === 1").await;
        page.press(&[ENTER]).await;
        page.until_address("timeline=17").await;
    });
}

#[test]
fn services_are_reached_and_changed_by_keys() {
    browse("keyboard-status", async |server, page| {
        assert_eq!(server.post("/api/heartbeats", &serde_json::json!({"service": "web", "next": 3600})), 201);
        page.open("page=contexts").await;
        page.until_text("#contexts .empty", "No contexts").await;
        tab_to(page, "nav a[href='#page=status']").await;
        page.press(&[ENTER]).await;
        page.until_text("#status tbody", "web").await;
        tab_to(page, "#status .search").await;
        page.press(&["w", "e"]).await;
        page.until_address("search=we").await;
        tab_to(page, "#status tbody .more").await;
        page.press(&[ENTER]).await;
        page.until("document.querySelector('#status .menu:popover-open') !== null").await;
        tab_to(page, "#status .menu button").await;
        page.press(&[ENTER]).await;
        page.until("document.querySelector('#status .badge.paused') !== null").await;
        tab_to(page, "nav a[href='#page=journal']").await;
        page.press(&[ENTER]).await;
        page.until_text("#journal code", "/api/journal").await;
    });
}
