//! The journal: filtered, paged, followed.

use serde_json::json;
use upto_server_browser::{Page, Server, browse, browse_with, watch_config};

const MESSAGES: &str =
    "[...document.querySelectorAll('#journal tbody .message')].map((each) => each.textContent)";

fn add(server: &Server, service: &str, level: i32, message: &str) {
    let line = json!({"service": service, "level": level, "message": message});
    assert_eq!(server.post("/api/journal", &line), 201);
}

async fn until_messages(page: &Page, messages: &str) {
    page.until(&format!("{MESSAGES}.join() === {}", json!(messages))).await;
}

#[test]
fn lines_come_as_they_are_written_and_a_lost_connection_heals() {
    browse("journal", async |server, page| {
        add(server, "web", 0, "one");
        page.open("page=journal").await;
        until_messages(page, "one").await;
        add(server, "web", 1, "two");
        until_messages(page, "two,one").await;
        server.kill();
        page.until_text("#journal .status-line", "lost").await;
        server.restart();
        add(server, "db", 2, "three");
        until_messages(page, "three,two,one").await;
        page.until("document.querySelector('#journal .status-line').textContent === ''").await;
        // Who does not follow asks again when he does.
        page.click("#journal input[type=checkbox]").await;
        until_messages(page, "three,two,one").await;
        add(server, "db", 2, "four");
        page.click("#journal input[type=checkbox]").await;
        until_messages(page, "four,three,two,one").await;
    });
}

#[test]
fn lines_are_filtered_and_filters_are_addresses() {
    let presets = "presets: [ { name: grave, level: 3 }, { name: \"of the web\", service: \"^web\" } ]";
    let config = watch_config(&[presets]);
    let path = config.path().to_str().expect("a path").to_owned();
    browse_with("journal-filters", &["--config", &path], async |server, page| {
        for (service, level, message) in
            [("web", 0, "begins"), ("db", 3, "is slow"), ("web", 4, "is down"), ("cache", 1, "is full")]
        {
            add(server, service, level, message);
        }
        page.open("page=journal").await;
        until_messages(page, "is full,is down,is slow,begins").await;
        page.type_into("#journal .search[aria-label^=Message]", "^is (s|d)").await;
        until_messages(page, "is down,is slow").await;
        page.until_address("message=^is+(s|d)").await;
        page.type_into("#journal input[type=number]", "4").await;
        until_messages(page, "is down").await;
        page.value("history.back()").await;
        page.until("!location.hash.includes('grave=')").await;
        page.choose("#journal select", "0").await;
        until_messages(page, "is down,is slow").await;
        page.choose("#journal select", "1").await;
        until_messages(page, "is down,begins").await;
        // What is added meanwhile is filtered alike.
        add(server, "db", 5, "not this");
        add(server, "web", 0, "but this");
        until_messages(page, "but this,is down,begins").await;
        page.click("#journal .bar > button").await;
        page.until(&format!("{MESSAGES}.length === 6")).await;
        page.open("page=journal&service=%5B").await;
        page.until_text("#journal .status-line", "The server says").await;
        page.open("page=journal&until=2020-01-01T00:00:00Z").await;
        page.until_text("#journal .empty", "No line matches").await;
    });
}

#[test]
fn older_lines_are_fetched_when_they_are_asked_for() {
    browse("journal-pages", async |server, page| {
        for number in 0..250 {
            add(server, "web", 0, &format!("line {number}"));
        }
        page.open("page=journal").await;
        page.until(&format!("{MESSAGES}.length === 200")).await;
        page.click("#journal .journal > button").await;
        page.until(&format!("{MESSAGES}.length === 250")).await;
        page.until(&format!("{MESSAGES}.at(-1) === 'line 0'")).await;
        page.until("document.querySelector('#journal .journal > button').hidden").await;
    });
}
