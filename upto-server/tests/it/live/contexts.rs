//! Live streams of contexts, and of all of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::doors::DoorSettings;
use upto_server::store::StoreUrl;

use super::{Stream, change, content_type};
use crate::support::{Client, TestServer};

const ALL: &str = "/api/live";

fn post(client: &Client, context: &str, timeline: &str, name: &str) {
    let mark = json!({"context": context, "timeline": timeline, "name": name, "type": "start", "id": 1});
    client.post(&mark.to_string());
}

/// What is told until `is_last`: kinds and names.
fn until(stream: &mut Stream, is_last: impl Fn(&str, &Value) -> bool) -> BTreeSet<(String, String)> {
    let mut told = BTreeSet::new();
    loop {
        let (kind, data) = stream.next().expect("an event");
        let is_last = is_last(&kind, &data);
        told.insert((kind, data["name"].as_str().unwrap_or_default().to_owned()));
        if is_last {
            return told;
        }
    }
}

fn told(expected: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    expected.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect()
}

#[test]
fn a_context_tells_what_becomes_of_its_timelines() {
    let server = TestServer::start();
    post(&server, "c", "one", "a");
    let mut stream = Stream::at(&server, "/api/contexts/c/live");
    let (kind, context) = stream.next().expect("the context");
    assert_eq!((kind.as_str(), &context["latest"]), ("context", &json!("one")));
    post(&server, "elsewhere", "t", "a");
    post(&server, "c", "one", "b");
    let timeline = stream.next_of("timeline");
    assert_eq!((&timeline["name"], &timeline["events"]["open"]), (&json!("one"), &json!(2)));
    assert_eq!(timeline["_links"]["self"]["href"], "/api/contexts/c/timelines/one");
    post(&server, "c", "two", "a");
    let expected = told(&[("context", "c"), ("timeline", "two")]);
    assert_eq!(until(&mut stream, |_, data| data["name"] == "two"), expected);
    change(&server, "PUT", "/api/contexts/c/timelines/one/pinned", "");
    assert_eq!(stream.next_of("timeline")["pinned"], true);
    change(&server, "PATCH", "/api/contexts/c/timelines/one", r#"{"name": "first"}"#);
    let expected = told(&[("timeline-removed", "one"), ("timeline", "first")]);
    assert_eq!(until(&mut stream, |_, data| data["name"] == "first"), expected);
    change(&server, "DELETE", "/api/contexts/c/timelines/first/pinned", "");
    assert_eq!(stream.next_of("timeline")["pinned"], false);
    change(&server, "DELETE", "/api/contexts/c/timelines/first", "");
    assert_eq!(
        stream.next_of("timeline-removed")["_links"]["self"]["href"],
        "/api/contexts/c/timelines/first"
    );
    change(&server, "PATCH", "/api/contexts/c", r#"{"name": "d"}"#);
    assert_eq!(stream.next_of("context-removed")["name"], "c");
    assert_eq!(stream.next_of("context")["name"], "d");
    change(&server, "DELETE", "/api/contexts/d", "");
    assert_eq!(stream.next_of("context-removed")["name"], "d");
    assert!(stream.next().is_none(), "there is nothing more to tell");
}

#[test]
fn all_contexts_tell_of_themselves_and_of_their_timelines() {
    let server = TestServer::start();
    post(&server, "c", "t", "a");
    let mut stream = Stream::at(&server, ALL);
    assert_eq!(stream.next().expect("an event").0, "reset", "how all stand is too much to tell");
    post(&server, "d", "t", "a");
    let expected = told(&[("context", "d"), ("timeline", "t")]);
    assert_eq!(until(&mut stream, |kind, _| kind == "timeline"), expected);
    let id = stream.id.clone();
    post(&server, "c", "t", "b");
    change(&server, "DELETE", "/api/contexts/d", "");
    let mut again = Stream::resumed(&server, ALL, &id);
    let expected = told(&[("timeline", "t"), ("context-removed", "d")]);
    let is_last = |kind: &str, _: &Value| kind == "context-removed";
    assert_eq!(until(&mut again, is_last), expected, "and nothing that was told before");
    let mut other = Stream::resumed(&server, ALL, "1-1");
    assert_eq!(other.next().expect("an event").0, "reset");
}

#[test]
fn a_timeline_that_changes_all_the_time_is_told_once_a_second() {
    let server = TestServer::start();
    let mut stream = Stream::at(&server, ALL);
    stream.next_of("reset");
    for number in 0..50 {
        post(&server, "c", "t", &format!("event {number}"));
    }
    let mut times = 0;
    loop {
        let (kind, data) = stream.next().expect("an event");
        times += u32::from(kind == "timeline");
        if data["events"]["total"] == 50 {
            break;
        }
    }
    // As long as it takes, nobody is told of each change.
    assert!(times < 25, "{times}");
}

#[test]
fn of_many_that_change_all_are_told_page_by_page() {
    let server = TestServer::start();
    let mut stream = Stream::at(&server, ALL);
    stream.next_of("reset");
    let mark = |number: usize| json!({"context": format!("c{number}"), "timeline": "t", "name": "a", "type": "start", "id": 1});
    server.post(&Value::from_iter((0..300).map(mark)).to_string());
    let mut contexts = BTreeSet::new();
    while contexts.len() < 300 {
        contexts.insert(stream.next_of("timeline")["context"].as_str().expect("a name").to_owned());
    }
}

#[test]
fn who_may_see_some_contexts_is_told_of_those() {
    let server =
        TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(DoorSettings::default()));
    post(&server, "mine", "t", "a");
    let order = json!({"name": "n", "scopes": ["read", "send"], "contexts": ["mine*"]});
    let admin = json!({"name": "a", "scopes": ["admin"], "contexts": ["*"]});
    let make = |order: &Value, by: &[(&str, &str)]| {
        let request = ureq::post(format!("{}/api/tokens", server.url)).content_type("application/json");
        let request = by.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let mut made = request.send(order.to_string()).expect("a token");
        let made: Value = made.body_mut().read_json().expect("JSON");
        format!("Bearer {}", made["token"].as_str().expect("a token"))
    };
    let admin = make(&admin, &[]);
    let mine = make(&order, &[("authorization", &admin)]);
    let mut stream = Stream::with(&server, ALL, &[("authorization", &mine)]);
    stream.next_of("reset");
    let send = |method: &str, path: &str, body: Value| {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", server.url));
        let request = request.header("authorization", &admin).header("content-type", content_type(method));
        let answer = ureq::run(request.body(body.to_string()).expect("a request"));
        assert!(answer.expect("an answer").status().is_success());
    };
    let event = |context: &str| json!({"context": context, "timeline": "t", "name": "a", "type": "event"});
    send("POST", "/api/events", event("other"));
    send("POST", "/api/events", event("mine too"));
    send("PATCH", "/api/contexts/mine%20too", json!({"name": "not any more"}));
    send("POST", "/api/events", event("mine as well"));
    let names = until(&mut stream, |kind, data| kind == "timeline" && data["context"] == "mine as well");
    let names: BTreeSet<_> = names.iter().map(|(_, name)| name.as_str()).collect();
    assert!(names.is_subset(&BTreeSet::from(["mine too", "mine as well", "t"])), "{names:?}");
    let refused = ureq::get(format!("{}/api/contexts/other/live", server.url)).header("authorization", &mine);
    assert!(matches!(refused.call(), Err(ureq::Error::StatusCode(403))));
}
