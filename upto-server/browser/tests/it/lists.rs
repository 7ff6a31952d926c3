//! Contexts and timelines: found, pinned, named, removed.

use upto_server_browser::{browse, send_history, send_states};

const TIMELINES: &str = "document.querySelectorAll('#timelines tbody tr').length";

#[test]
fn contexts_are_listed_with_what_runs_first() {
    browse("contexts", async |server, page| {
        send_history(server);
        send_states(server);
        page.open("page=contexts").await;
        page.until_text("#contexts tbody tr:nth-of-type(1)", "states").await;
        page.until_text("#contexts tbody tr:nth-of-type(2)", "build").await;
        page.until("document.querySelectorAll('#contexts tr:nth-of-type(2) .spark .run').length === 21")
            .await;
        page.type_into("#contexts .search", "BUI").await;
        page.until("document.querySelectorAll('#contexts tbody tr').length === 1").await;
        page.click("#contexts tbody th a").await;
        page.until(&format!("{TIMELINES} === 30")).await;
    });
}

#[test]
fn timelines_are_searched_pinned_renamed_and_deleted() {
    browse("timelines", async |server, page| {
        send_history(server);
        page.open("page=timelines&context=build").await;
        page.until(&format!("{TIMELINES} === 30")).await;
        page.type_into("#timelines .search", "29").await;
        page.until(&format!("{TIMELINES} === 1")).await;
        page.click("#timelines tbody .more").await;
        page.click("#timelines .menu:popover-open button:nth-of-type(1)").await;
        page.until("document.querySelector('#timelines .pin') !== null").await;
        page.click("#timelines tbody .more").await;
        page.click("#timelines .menu:popover-open button:nth-of-type(1)").await;
        page.until("document.querySelector('#timelines .pin') === null").await;
        page.click("#timelines tbody .more").await;
        page.click("#timelines .menu:popover-open button:nth-of-type(2)").await;
        page.type_into("dialog[open] input", " again 29").await;
        page.click("dialog[open] button[type=submit]").await;
        page.until_text("#timelines tbody th", "again 29").await;
        page.click("#timelines tbody .more").await;
        page.click("#timelines .menu:popover-open button:nth-of-type(3)").await;
        page.until_text("dialog[open]", "undone").await;
        page.click("dialog[open] button[type=button]").await;
        page.until(&format!("{TIMELINES} === 1")).await;
        page.click("#timelines tbody .more").await;
        page.click("#timelines .menu:popover-open button:nth-of-type(3)").await;
        page.click("dialog[open] button[type=submit]").await;
        page.until_text("#timelines .empty", "No timeline matches").await;
    });
}

#[test]
fn notes_are_kept_and_found() {
    browse("notes", async |server, page| {
        send_history(server);
        page.open_timeline("context=build&timeline=30&show=notes").await;
        page.click("#pane-body .bar button").await;
        page.type_into("#pane-body .key", "branch").await;
        page.type_into("#pane-body .value", "main").await;
        page.click("#pane-body .primary").await;
        page.until_text("#pane-body", "Saved").await;
        page.open("page=timelines&context=build&search=branch%3Dmain").await;
        page.until(&format!("{TIMELINES} === 1")).await;
        page.until_text("#timelines .metadata", "branch=main").await;
    });
}

#[test]
fn an_empty_server_says_what_to_type_next() {
    browse("empty", async |_, page| {
        page.open("").await;
        page.until_text("#notice", "No contexts yet").await;
        page.until_text("#notice code", "curl").await;
        page.open("page=contexts").await;
        page.until_text("#contexts .empty", "No contexts yet").await;
    });
}
