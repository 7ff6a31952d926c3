//! Contexts and timelines: found, pinned, named, removed.

use serde_json::json;
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
fn a_history_that_fails_takes_no_others_with_it() {
    browse("trends", async |server, page| {
        send_history(server);
        send_states(server);
        // That of `states`, which runs and is asked first.
        let fail = "const usual = window.fetch;
            window.fetch = (url, ...rest) => String(url).includes('states/history')
                ? (window.failed = true, Promise.reject(new TypeError('no'))) : usual(url, ...rest);";
        page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": fail})).await;
        page.open("page=contexts").await;
        page.until("window.failed").await;
        page.until("document.querySelectorAll('#contexts tr:nth-of-type(2) .spark .run').length > 10").await;
    });
}

#[test]
fn windows_are_named_after_their_pages() {
    browse("titles", async |server, page| {
        send_history(server);
        page.open_timeline("context=build&timeline=30").await;
        page.until("document.title.endsWith('30 · build · upto')").await;
        for (link, title) in
            [("status", "Status · upto"), ("contexts", "Contexts · upto"), ("fleet", "Fleet · upto")]
        {
            page.click(&format!("nav a[href='#page={link}']")).await;
            page.until(&format!("document.title === {}", json!(title))).await;
        }
        page.open("page=timelines&context=build").await;
        page.until("document.title === 'Timelines · build · upto'").await;
    });
}

#[test]
fn what_was_active_last_is_shown_first() {
    browse("first", async |server, page| {
        let began = |context: &str, time: i64| json!({"context": context, "name": "a", "id": 1, "type": "start", "time": time});
        // The first by name has been running for long; the last is done.
        let later = 1_795_003_600_000_000_000_i64;
        let done =
            json!({"context": "z", "name": "a", "id": 1, "type": "end", "started": later, "time": later + 5});
        server.send(&[began("a", 1_795_000_000_000_000_000), done, began("m", 1_795_000_100_000_000_000)]);
        page.open("").await;
        page.until("document.title.includes(' · z · ')").await;
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
fn what_a_list_does_not_show_yet_is_found_by_typing() {
    browse("search", async |server, page| {
        let event = |number: i64| {
            json!({"context": "long", "timeline": format!("r{number:03}"), "name": "a",
            "type": "event", "time": (1_795_000_000 + number) * 1_000_000_000})
        };
        server.send(&(0..150).map(event).collect::<Vec<_>>());
        page.open_timeline("context=long").await;
        page.click("[popovertarget=pick-timeline]").await;
        page.until("document.querySelectorAll('#pick-timeline li').length === 101").await;
        page.type_into("#pick-timeline input", "r003").await;
        page.until("document.querySelector('#pick-timeline ul').textContent.includes('r003')").await;
        page.until("document.querySelectorAll('#pick-timeline li').length === 1").await;
        page.press(&["\u{E007}"]).await;
        page.until_address("timeline=r003").await;
    });
}

#[test]
fn what_runs_grows_in_the_list() {
    browse("took", async |server, page| {
        server.send(&[json!({"context": "live", "timeline": "1", "name": "job", "id": 1, "type": "start"})]);
        page.open("page=timelines&context=live").await;
        page.until(&format!("{TIMELINES} === 1")).await;
        let took = "document.querySelector('#timelines .took').textContent";
        let before = page.text(took).await;
        page.until(&format!("{took} !== {}", json!(before))).await;
        let again = page.text(took).await;
        page.until(&format!("{took} !== {}", json!(again))).await;
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
        // What is an address leads there, and tells nobody where from.
        page.open_timeline("context=build&timeline=30&show=notes").await;
        page.click("#pane-body .bar button").await;
        page.type_into("#pane-body .pair:last-of-type .key", "run_url").await;
        page.type_into("#pane-body .pair:last-of-type .value", "https://ci.example/run/7").await;
        page.click("#pane-body .primary").await;
        page.until_text("#pane-body", "Saved").await;
        page.until("document.querySelector('#pane-body .lead a').href === 'https://ci.example/run/7'").await;
        page.open("page=timelines&context=build&search=branch%3Dmain").await;
        page.until("document.querySelector('#timelines .metadata a').rel === 'noopener noreferrer'").await;
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
        page.until_text("#contexts .empty code", "/api/events").await;
        page.open("page=status").await;
        page.until_text("#status section:nth-of-type(2) code", "pings:").await;
        page.until_text("#status section:nth-of-type(4) code", "upto-server agent").await;
    });
}
