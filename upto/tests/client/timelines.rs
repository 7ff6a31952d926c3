//! Which timeline is named by what follows `new_timeline`.

use upto::wire::Kind;
use upto::{Client, Event};

use super::{DEADLINE, Received, Receiver, turn};

/// Names and timelines of the messages of this kind.
fn timelines(messages: &[Received], kind: Kind) -> Vec<(&str, &str)> {
    let of_kind = messages.iter().filter(|message| message.kind == kind);
    of_kind.map(|message| (message.name.as_str(), message.timeline.as_str())).collect()
}

#[test]
fn a_new_timeline_is_named_by_all_that_follows() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().timeline("before").init().expect("a client");
    upto::point("a");
    upto::new_timeline("1234");
    upto::point("b");
    upto::new_timeline("");
    upto::point("c");
    drop(guard);
    let (_, messages) = receiver.session();
    let timelines: Vec<_> =
        messages.iter().map(|message| (message.kind, message.timeline.as_str())).collect();
    let expected = [
        (Kind::Point, "before"),
        (Kind::New, "1234"),
        (Kind::Point, "1234"),
        (Kind::New, ""),
        (Kind::Point, ""),
    ];
    assert_eq!(timelines, expected);
}

#[test]
fn what_starts_below_open_events_goes_to_the_new_timeline_and_they_end_in_theirs() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().timeline("before").init().expect("a client");
    let main = upto::event("main");
    let own = Event::builder("own").timeline("mine").start();
    upto::new_timeline("1234");
    upto::event("in own").end();
    own.end();
    upto::event("unit").end();
    main.end();
    drop(guard);
    let (_, messages) = receiver.session();
    let expected =
        [("main.own.in own", "mine"), ("main.own", "mine"), ("main.unit", "1234"), ("main", "before")];
    assert_eq!(timelines(&messages, Kind::End), expected);
}

#[test]
fn a_new_timeline_whose_name_is_too_long_is_refused_and_the_client_goes_on() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().timeline("before").init().expect("a client");
    upto::new_timeline(&"t".repeat(16_385));
    upto::point("still here");
    let stats = Client::stats().expect("a client");
    drop(guard);
    assert_eq!((stats.dropped_name, stats.dropped_unsent), (1, 0));
    let (_, messages) = receiver.session();
    assert_eq!(messages.len(), 1);
    assert_eq!(timelines(&messages, Kind::Point), [("still here", "before")]);
}

#[test]
fn an_event_that_outlasts_too_many_timelines_is_counted_when_it_ends() {
    const KNOWN: usize = 1_024;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let [lasting, outlasting] = ["lasting", "outlasting"];
    let outlasting = upto::event(outlasting);
    upto::new_timeline("one more");
    let lasting = upto::event(lasting);
    for number in 2..=KNOWN {
        upto::new_timeline(&number.to_string());
        assert!(guard.flush(DEADLINE));
    }
    let dropped = || Client::stats().map(|stats| stats.dropped_queue_full);
    lasting.end();
    assert!(guard.flush(DEADLINE));
    assert_eq!(dropped(), Some(0));
    outlasting.end();
    assert!(guard.flush(DEADLINE));
    assert_eq!(dropped(), Some(1));
}
