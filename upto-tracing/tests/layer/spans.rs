//! A span is an event from its creation to its close.

use tracing::info_span;
use upto::wire::Status;

use crate::collector::{Alone, Collector, collect};
use tracing_subscriber::prelude::*;

#[test]
fn a_span_starts_when_it_is_created_and_ends_when_it_closes() {
    let seen = collect(|| {
        let outer = info_span!("outer");
        let handle = outer.clone();
        drop(outer);
        info_span!("between");
        drop(handle);
    });
    assert_eq!(seen.paths(), ["outer", "between"]);
    let (outer, between) = (seen.event("outer"), seen.event("between"));
    assert!(outer.started <= between.started && between.end().time <= outer.end().time);
    assert_eq!(outer.end().started, Some(outer.started));
    assert_eq!(outer.outcome(), (Status::Ok, ""));
    assert_eq!(outer.context, "test");
}

#[test]
fn a_span_that_is_entered_again_and_again_is_one_event() {
    let seen = collect(|| {
        let span = info_span!("span");
        (0..3).for_each(|_| span.in_scope(|| ()));
    });
    assert_eq!(seen.paths(), ["span"]);
    assert!(seen.event("span").end.is_some());
}

#[test]
fn an_open_span_has_been_sent_but_not_ended() {
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    let subscriber = tracing_subscriber::registry().with(upto_tracing::layer());
    let span = tracing::subscriber::with_default(subscriber, || info_span!("open"));
    let seen = collector.finish();
    assert!(seen.event("open").end.is_none());
    drop(span);
}

#[test]
fn a_name_is_one_segment_whatever_is_in_it() {
    let seen = collect(|| {
        let _outer = info_span!("GET /v1.2/<script>").entered();
        let _inner = info_span!(r"C:\temp.d").entered();
    });
    assert_eq!(seen.paths(), [r"GET /v1\.2/<script>", r"GET /v1\.2/<script>.C:\\temp\.d"]);
}

#[test]
fn a_path_that_is_too_long_costs_one_event_and_nothing_else() {
    const LONG: &str = match std::str::from_utf8(&[b'x'; 6_000]) {
        Ok(name) => name,
        Err(_) => unreachable!(),
    };
    let seen = collect(|| {
        let _first = info_span!(LONG).entered();
        let _second = info_span!(LONG).entered();
        let _refused = info_span!(LONG).entered();
        let _leaf = info_span!("leaf").entered();
        assert_eq!(upto::Client::stats().unwrap().dropped_name, 2);
    });
    assert_eq!(seen.paths(), [LONG.to_owned(), format!("{LONG}.{LONG}"), format!("{LONG}.{LONG}.leaf")]);
}

#[test]
fn a_span_without_a_name_is_refused_and_counted() {
    let seen = collect(|| {
        let _outer = info_span!("outer").entered();
        let _nameless = info_span!("").entered();
        let _inner = info_span!("inner").entered();
        assert_eq!(upto::Client::stats().unwrap().dropped_name, 2);
    });
    assert_eq!(seen.paths(), ["outer", "outer.inner"]);
}
