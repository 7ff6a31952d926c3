//! Finding timelines of all contexts.

use serde_json::{Value, json};

use crate::support::{Client, TestServer};

/// A timeline with one event of so many seconds, which ends so.
fn run(client: &Client, context: &str, name: &str, seconds: u64, status: &str) {
    let body = json!({ "name": name }).to_string();
    let timelines = format!("/api/contexts/{context}/timelines");
    assert_eq!(client.request("POST", &timelines, "application/json", body.as_bytes()).status, 201);
    let message = |kind: &str, time: u64| json!({"context": context, "timeline": name, "name": "step", "id": 1, "type": kind, "status": status, "time": time * 1_000_000_000});
    client.post(&json!([message("start", 100), message("end", 100 + seconds)]).to_string());
}

fn start() -> TestServer {
    let server = TestServer::start();
    run(&server, "build", "one", 2, "ok");
    run(&server, "build", "two", 9, "failed");
    run(&server, "deploy", "One more", 30, "ok");
    server.post(r#"{"context":"deploy","timeline":"open","name":"a","type":"start","id":1}"#);
    server
}

fn names(list: &Value) -> Vec<String> {
    let items = list["_embedded"]["item"].as_array().expect("items");
    items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn timelines_are_found_by_name_status_duration_and_metadata() {
    let server = start();
    let metadata = json!({"git.revision": "0123abc", "ci": "https://ci.example/7"}).to_string();
    let path = "/api/contexts/build/timelines/two/metadata";
    assert_eq!(server.request("PUT", path, "application/json", metadata.as_bytes()).status, 200);
    for (query, expected) in [
        ("", &["open", "One more", "two", "one"][..]),
        ("?name=ONE", &["One more", "one"]),
        ("?name=deploy&state=done", &["One more"]),
        ("?context=b*", &["two", "one"]),
        ("?context=b", &[]),
        ("?state=failed,running", &["open", "two"]),
        ("?min_duration=9", &["One more", "two"]),
        ("?min_duration=3&max_duration=10", &["two"]),
        ("?metadata=git.revision=0123abc&metadata=ci", &["two"]),
        ("?metadata=git.revision=0123", &[]),
        ("?metadata=nothing", &[]),
    ] {
        assert_eq!(names(&server.json(&format!("/api/search{query}"))), expected, "{query}");
    }
}

#[test]
fn pages_lead_through_everything_that_is_found() {
    let server = start();
    let mut page = server.json("/api/search?state=done,failed&limit=1");
    let mut found = names(&page);
    while let Some(next) = page["_links"]["next"]["href"].as_str() {
        page = server.json(next);
        found.extend(names(&page));
    }
    assert_eq!(found, ["One more", "two", "one"]);
    for query in ["nmae=x", "state=open", "limit=0", "cursor=n7", "cursor=bx"] {
        server.get(&format!("/api/search?{query}")).problem(400);
    }
}

#[test]
fn it_is_linked_and_its_items_are_timelines() {
    let server = start();
    let link = &server.json("/api")["_links"]["search"];
    assert_eq!(link["templated"], true);
    let list = server.json(link["href"].as_str().expect("a link").split('{').next().expect("an address"));
    let first = &list["_embedded"]["item"][0]["_links"]["self"]["href"];
    assert_eq!(*first, list["_links"]["item"][0]["href"]);
    assert_eq!(server.json(first.as_str().expect("an address"))["name"], "open");
}
