//! What is kept of spans that are open, and that it goes.

use super::*;
use crate::local::POOL;
use crate::path::{Given, root};
use crate::testing::{Capture, capture};
use crate::wire::Kind;

/// Something is sent while the capture lives, so spans have events.
fn begin() -> (Capture, &'static Site) {
    (capture(), Site::leak("span", &[], &()))
}

/// A span of `spans` in a slot, and one that has none, as its name is made at run time; something was said of both.
fn open_two(spans: &Spans, ids: [u64; 2], site: &'static Site) -> [u64; 2] {
    let named = Beginning { name: Some("named".to_owned()), ..Beginning::default() };
    let open = [spans.start(ids[0], site), spans.start_with(ids[1], site, Parent::Current, named)];
    assert_eq!(open.map(|id| spans.is_at_hand(id)), [true, false]);
    open.iter().for_each(|id| spans.change(*id, |late| late.fail("late")));
    open
}

fn keys_of(spans: &Spans, ids: [u64; 2]) -> [u64; 2] {
    ids.map(|id| spans.find(id).expect("it is open").key)
}

fn is_anything_said(key: u64) -> bool {
    let all = late::ALL.lock(key).expect("no fork");
    all.as_ref().is_some_and(|all| all.contains_key(&key))
}

#[test]
fn what_was_said_of_a_span_goes_when_it_closes_though_nothing_is_sent() {
    let (capture, site) = begin();
    let spans = Spans::with_given_ids();
    let ids = open_two(&spans, [1, 2], site);
    let keys = keys_of(&spans, ids);
    assert_eq!(keys.map(is_anything_said), [true, true]);
    drop(capture);
    ids.iter().for_each(|id| spans.end(*id));
    assert_eq!(keys.map(is_anything_said), [false, false]);
    assert!(ids.iter().all(|id| !spans.contains(*id)));
}

#[test]
fn a_subscriber_that_is_gone_leaves_nothing() {
    let (_capture, site) = begin();
    let spans = Spans::with_own_ids();
    let domain = spans.known_domain();
    let ids = open_two(&spans, [0, 0], site);
    let keys = keys_of(&spans, ids);
    drop(spans);
    assert_eq!(blocks::all_of(domain).count(), 0);
    assert!(overflow::get(domain, ids[1]).is_none());
    assert_eq!(keys.map(is_anything_said), [false, false]);
    // Not as an orphan either, which nobody would free.
    assert!(blocks::by_key(ids[0]).is_some_and(|slot| !slot.has_key(ids[0])));
}

#[test]
fn a_layer_that_is_gone_leaves_its_spans_to_the_next_one() {
    let (capture, site) = begin();
    let (old, new) = (Spans::with_given_ids(), Spans::with_given_ids());
    let id = 77;
    assert_eq!(old.start(id, site), id);
    drop(old);
    assert!(new.contains(id));
    new.end(id);
    assert!(!new.contains(id));
    assert!(capture.events().find("span").is_some_and(|event| !event.is_open()));
}

#[test]
fn room_of_a_span_is_taken_before_its_start_is_recorded() {
    let (_capture, site) = begin();
    let spans = Spans::with_given_ids();
    let named =
        |name: &str| local::node_below(Kind::Start, &root(), name.to_owned().into(), &Given::default());
    let node = named("made at run time").expect("a node");
    let place = spans.place_for(1, &node).expect("there is room");
    // As queues may in between.
    while POOL.keep(64) {}
    // Who finds no room gives none back that others have.
    assert!(spans.place_for(2, &node).is_none() && spans.place_for(2, &node).is_none());
    assert!(!POOL.keep(64));
    let kept = Kept { node, site, started: 1, number: 1, key: 0, state: spans.initial_state() };
    assert_eq!(spans.keep(1, kept, place), 1);
    assert!(spans.contains(1));
}
