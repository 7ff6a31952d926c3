//! Points, and names of levels.

use std::time::{Duration, SystemTime};

use upto::testing::capture;
use upto::{Client, Event, Value};

#[test]
fn what_can_be_said_of_an_event_can_be_said_of_a_point() {
    let capture = capture();
    let (outer, other) = (upto::event("outer"), Event::builder("other").root().start_detached());
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    upto::point("plain");
    upto::point("told").at(then).context("c").timeline("7").host("h").attr("key", 1).attr("text", "t");
    let scopes = (outer.scope().unwrap(), other.scope().unwrap());
    upto::point("linked").parent(scopes.1.clone()).follows(scopes.0).follows(scopes.1);
    upto::point("alone").root();
    let events = capture.events();
    let points: Vec<_> = events.iter().filter(|event| event.is_point).collect();
    let paths: Vec<_> = points.iter().map(|point| point.path.as_str()).collect();
    // By time.
    assert_eq!(paths, ["outer.told", "outer.plain", "other.linked", "alone"]);
    let told = points[0];
    assert_eq!((told.started, told.ended), (then, None));
    assert_eq!((told.context.as_str(), told.timeline.as_str(), told.host.as_str()), ("c", "7", "h"));
    assert_eq!((told.attribute("key"), told.attribute("text")), (Some(&1.into()), Some(&"t".into())));
    assert_eq!((points[1].context.as_str(), points[1].host.as_str()), ("test", ""));
    let id = |path| events.find(path).unwrap().id;
    assert_eq!(points[2].follows(), [id("outer"), id("other")]);
}

#[test]
fn a_point_inherits_what_the_event_above_it_was_given() {
    let capture = capture();
    let _outer = Event::builder("outer").context("c").timeline("t").start();
    upto::point("inherits").host("h");
    let events = capture.events();
    let point = events.find("outer.inherits").unwrap();
    assert_eq!((point.context.as_str(), point.timeline.as_str(), point.host.as_str()), ("c", "t", "h"));
}

#[test]
fn an_attribute_may_be_made_by_code_that_makes_events() {
    struct Says<'p>(&'p upto::Point);
    impl From<Says<'_>> for Value {
        fn from(says: Says<'_>) -> Value {
            says.0.attr("inner", 1);
            upto::point("between");
            Value::from(2)
        }
    }
    let capture = capture();
    let point = upto::point("point");
    point.attr("outer", Says(&point));
    drop(point);
    let events = capture.events();
    assert_eq!(events.paths(), ["between", "point"]);
    assert_eq!(events[1].attributes.len(), 2);
}

#[test]
fn levels_may_have_empty_names_and_events_may_not() {
    let capture = capture();
    for name in ["a..b", ".a", "a.", "."] {
        upto::event(name).end();
        let outer = upto::event("outer");
        upto::event(name.to_owned()).end();
        outer.end();
    }
    let before = Client::stats().unwrap().dropped_name;
    upto::event("").end();
    upto::point(String::new());
    let events = capture.events();
    let paths: Vec<_> = events.paths().into_iter().filter(|path| *path != "outer").collect();
    let expected = ["a..b", "outer.a..b", ".a", "outer..a", "a.", "outer.a.", ".", "outer.."];
    assert_eq!((paths, Client::stats().unwrap().dropped_name - before), (expected.to_vec(), 3));
}

#[test]
fn a_level_with_an_empty_name_is_a_level() {
    let capture = capture();
    let outer = upto::event("a");
    let unnamed = upto::event(".b");
    upto::event("c").end();
    drop((unnamed, outer));
    let events = capture.events();
    assert_eq!(events.paths(), ["a", "a..b", "a..b.c"]);
    assert!(events[2].is_child_of(&events[1]) && !events[1].is_child_of(&events[0]));
}
