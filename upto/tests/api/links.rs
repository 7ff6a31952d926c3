//! Links between events, times of the caller's, timelines that are given, and guards that move.

use std::time::{Duration, SystemTime};

use upto::testing::capture;
use upto::{Client, Event, Value};

fn is_send<T: Send>() {}

#[test]
fn an_event_may_go_to_any_thread() {
    is_send::<Event>();
    is_send::<upto::EventBuilder>();
    is_send::<upto::Scope>();
    is_send::<upto::Point>();
}

#[test]
fn what_follows_has_the_ids_of_its_causes() {
    let capture = capture();
    let (first, second) = (upto::event("first"), Event::builder("second").root().start());
    let (one, two) = (first.scope().unwrap().clone(), second.scope().unwrap().clone());
    drop((first, second));
    Event::builder("at its start").follows(&one).follows(&two).start().end();
    let late = upto::event("at its end");
    late.follows(&two);
    late.end();
    upto::scope!(follows = &one, "scope").end();
    let events = capture.events();
    let id = |path| events.find(path).unwrap().id;
    let (first, second) = (id("first"), id("second"));
    for (path, expected) in [
        ("at its start", vec![first, second]),
        ("at its end", vec![second]),
        ("scope", vec![first]),
        ("first", vec![]),
    ] {
        assert_eq!(events.find(path).unwrap().follows(), expected, "{path}");
    }
    let text = format!("{first},{second}");
    assert_eq!(events.find("at its start").unwrap().attribute("follows"), Some(&Value::from(text)));
    let started = capture.marks().into_iter().find(|mark| mark.path == "at its start").unwrap();
    assert!(started.attributes.contains_key("follows"), "{started:?}");
}

#[test]
fn importers_tell_when_it_was() {
    let capture = capture();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Event::builder("import").started_at(at(1_000)).start_detached().end_at(at(1_060));
    Event::builder("before 1970")
        .started_at(SystemTime::UNIX_EPOCH - Duration::from_secs(5))
        .start()
        .end_at(at(5));
    let events = capture.events();
    let import = events.find("import").unwrap();
    assert_eq!((import.started, import.ended), (at(1_000), Some(at(1_060))));
    assert_eq!(import.duration(), Some(Duration::from_secs(60)));
    assert_eq!(events.find("before 1970").unwrap().duration(), Some(Duration::from_secs(10)));
}

#[upto::event(name = "annotated", timeline = number.to_string(), fields(?number))]
fn annotated(number: u32) {
    upto::event("inner").end();
}

#[upto::event(name = "future", timeline = number.to_string())]
async fn future(number: u32) {
    upto::event("inner").end();
}

#[test]
fn a_timeline_that_is_given_is_that_of_all_below() {
    let capture = capture();
    annotated(1);
    crate::polling::finish(future(2));
    let built = Event::builder("built").timeline("3").start();
    upto::scope!("inner").end();
    built.end();
    let scope = upto::scope!(timeline = "4", "scope");
    upto::event("inner").end();
    scope.end();
    let events = capture.events();
    let timelines: Vec<_> =
        events.iter().map(|event| (event.path.as_str(), event.timeline.as_str())).collect();
    let expected = [
        ("annotated", "1"),
        ("annotated.inner", "1"),
        ("future", "2"),
        ("future.inner", "2"),
        ("built", "3"),
        ("built.inner", "3"),
        ("scope", "4"),
        ("scope.inner", "4"),
    ];
    assert_eq!(timelines, expected);
}

#[test]
fn a_guard_ends_wherever_it_is_dropped() {
    let capture = capture();
    let outer = upto::event("outer");
    let moved = upto::scope!("moved", key = 1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            upto::event("not below").end();
            moved.fail("there");
        });
    });
    upto::event("after").end();
    outer.end();
    let events = capture.events();
    assert_eq!(events.paths(), ["outer", "outer.moved", "outer.after"]);
    assert_eq!((events[1].text.as_str(), events[1].is_open()), ("there", false));
    assert!(Client::is_active());
}
