//! Marks that come late, twice, out of order, after a week; ids that are used again.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::store::StoreUrl;

use crate::support::{TestServer, brief};

const TIMELINE: &str = "/api/contexts/c/timelines/t";
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

fn mark(kind: &str, name: &str, id: u64, time: i64) -> Value {
    json!({"context": "c", "timeline": "t", "type": kind, "name": name, "id": id, "time": time})
}

/// Sends each in a request of its own, so that each is committed by itself.
fn post_each<'m>(server: &TestServer, marks: impl IntoIterator<Item = &'m Value>) {
    marks.into_iter().for_each(|mark| drop(server.post(&mark.to_string())));
}

#[test]
fn late_and_repeated_and_reordered_marks_give_the_same_events() {
    let marks = [
        mark("start", "a", 1, 1),
        mark("start", "loose", 0, 2),
        mark("end", "loose", 0, 3),
        mark("start", "loose", 0, 4),
        mark("end", "a", 1, 5),
        mark("end", "loose", 0, 6),
        mark("event", "p", 0, 7),
    ];
    let told = |order: &mut dyn Iterator<Item = &Value>| {
        let server = TestServer::start();
        post_each(&server, order);
        brief(&server.events(TIMELINE))
    };
    let in_order = told(&mut marks.iter());
    assert_eq!(in_order.len(), 4);
    assert_eq!(told(&mut marks.iter().rev()), in_order);
    assert_eq!(told(&mut marks.iter().rev().chain(&marks)), in_order);
    let odd_ones_late = marks.iter().step_by(2).chain(marks.iter().skip(1).step_by(2));
    assert_eq!(told(&mut odd_ones_late.into_iter()), in_order);
}

#[test]
fn a_timeline_that_is_opened_again_after_a_week_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::new(1_795_229_259_000_000_000));
    let start = || {
        let store = StoreUrl::Redb(folder.path().into());
        TestServer::start_with(Server::builder().store(store).clock(clock.clone()))
    };
    let first = start();
    first.post(r#"{"context":"c","timeline":"t","type":"start","name":"a","id":1}"#);
    first.post(r#"{"context":"c","timeline":"later","type":"event","name":"other"}"#);
    drop(first);
    clock.advance(WEEK);
    let second = start();
    // Neither names the timeline: the end of what is open there joins it, all else goes to the active one.
    second.post(
        r#"[{"context":"c","type":"end","name":"a","id":1},{"context":"c","type":"event","name":"b"}]"#,
    );
    second.post(r#"{"context":"c","timeline":"t","type":"event","name":"b"}"#);
    let events = second.events(TIMELINE);
    assert_eq!(
        (&events[0]["state"], &events[0]["duration_seconds"], &events[1]["name"]),
        (&json!("done"), &json!(WEEK.as_secs_f64()), &json!("b"))
    );
    assert_eq!(second.events("/api/contexts/c/timelines/later").len(), 2);
}

#[test]
fn an_id_that_is_used_again_is_the_same_event_only_with_the_same_name_and_host() {
    let server = TestServer::start();
    let on = |host: &str, mut mark: Value| {
        mark["host"] = host.into();
        mark
    };
    let marks = [
        mark("start", "a", 1, 1),
        mark("end", "a", 1, 2),
        mark("start", "b", 1, 3),
        on("h", mark("start", "a", 1, 4)),
        mark("event", "a", 1, 5),
        // The same event again: it lasted from the first start to the last end.
        mark("start", "a", 1, 6),
        mark("end", "a", 1, 7),
    ];
    post_each(&server, &marks);
    let events = server.events(TIMELINE);
    let states: Vec<_> = events.iter().map(|event| event["state"].as_str().expect("a state")).collect();
    assert_eq!(states, ["done", "open", "open", "point"]);
    assert_eq!(events[0]["duration_seconds"], json!(6e-9));
}
