//! Readers that come back.

use std::sync::Arc;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::store::MemoryStore;

use super::{Stream, change};
use crate::support::{Client, TestServer};

const TIMELINE: &str = "/api/contexts/c/timelines/t";
const LIVE: &str = "/api/contexts/c/timelines/t/live";

fn start(client: &Client, name: &str) {
    let mark = json!({"context": "c", "timeline": "t", "name": name, "type": "start", "time": 1, "id": 1});
    client.post(&mark.to_string());
}

fn names(events: &Value) -> Vec<&str> {
    let events = events["events"].as_array().expect("events");
    events.iter().map(|event| event["name"].as_str().expect("a name")).collect()
}

#[test]
fn who_comes_back_is_told_what_was_missed_and_nothing_else() {
    let server = TestServer::start();
    start(&server, "a");
    let mut stream = Stream::open(&server, TIMELINE);
    stream.next_of("timeline");
    start(&server, "b");
    assert_eq!(names(&stream.next_of("events")), ["b"]);
    let (halfway, _) = (stream.id.clone(), stream.next_of("timeline"));
    let id = stream.id;
    start(&server, "c");
    start(&server, "d");
    let by_header = Stream::resumed(&server, LIVE, &id);
    let by_query = Stream::at(&server, &format!("{LIVE}?last_event_id={id}"));
    for mut stream in [by_header, by_query] {
        for name in ["c", "d"] {
            let (kind, events) = stream.next().expect("an event");
            assert_eq!((kind.as_str(), names(&events)), ("events", vec![name]));
            assert_eq!(stream.next().expect("an event").0, "timeline");
        }
    }
    let mut stream = Stream::resumed(&server, LIVE, &halfway);
    assert_eq!(names(&stream.next().expect("an event").1), ["b"], "how the timeline stood was not told");
    let mut stream = Stream::resumed(&server, &format!("{LIVE}?last_event_id=1-1"), &id);
    assert_eq!(names(&stream.next().expect("an event").1), ["c"], "the header is newer");
}

#[test]
fn what_is_not_known_is_a_reset() {
    let server = TestServer::start();
    start(&server, "a");
    let ids = ["yesterday", "0-0", "1-1", "ffffffffffffffff-ffffffffffffffff", "\u{e9}"];
    for (before, id) in ids.into_iter().enumerate() {
        let mut stream = Stream::resumed(&server, LIVE, id);
        assert_eq!(stream.next(), Some(("reset".to_owned(), json!({}))), "{id}");
        let (kind, timeline) = stream.next().expect("the timeline");
        assert_eq!((kind.as_str(), &timeline["events"]["total"]), ("timeline", &json!(before + 1)));
        let mut again = Stream::resumed(&server, LIVE, &stream.id);
        start(&server, id);
        assert_eq!(names(&again.next().expect("an event").1), [id], "now it is known");
    }
    let mut stream = Stream::resumed(&server, LIVE, "");
    assert_eq!(stream.next().expect("an event").0, "timeline", "no id is not an unknown one");
}

#[test]
fn another_server_and_another_run_know_nothing_of_ids() {
    let store = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
    let begin = || TestServer::start_with(Server::builder().opened_store(store.clone()));
    let server = begin();
    start(&server, "a");
    let mut stream = Stream::open(&server, TIMELINE);
    stream.next_of("timeline");
    let id = stream.id;
    drop(server);
    let server = begin();
    let mut stream = Stream::resumed(&server, LIVE, &id);
    assert_eq!(stream.next().expect("an event").0, "reset");
}

#[test]
fn what_people_say_of_a_timeline_is_told_and_when_to_come_back_is_told_once() {
    let server = TestServer::start();
    start(&server, "a");
    let mut stream = Stream::open(&server, TIMELINE);
    assert_eq!(stream.lines.next().expect("a line").expect("text"), "retry: 1000");
    assert_eq!(stream.next_of("timeline")["pinned"], false);
    change(&server, "PUT", &format!("{TIMELINE}/pinned"), "");
    let (kind, timeline) = stream.next().expect("an event");
    assert_eq!((kind.as_str(), &timeline["pinned"]), ("timeline", &json!(true)));
    change(&server, "PATCH", TIMELINE, r#"{"name": "u"}"#);
    assert_eq!(stream.next_of("timeline")["name"], "u");
}

#[test]
fn raw_times_have_the_same_ids() {
    let server = TestServer::start();
    start(&server, "a");
    let mut stream = Stream::open(&server, TIMELINE);
    stream.next_of("timeline");
    start(&server, "b");
    let mut raw = Stream::resumed(&server, &format!("{LIVE}?skew=raw"), &stream.id);
    assert_eq!(names(&raw.next().expect("an event").1), ["b"]);
    assert_eq!(raw.next_of("timeline")["skew"]["corrected"], false);
}
