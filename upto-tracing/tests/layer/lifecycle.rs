//! The client may come later than spans and go earlier, and spans may be unknown to the subscriber.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, error, field, info_span};
use tracing_subscriber::Registry;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::{Data, LookupSpan};
use upto::Scope;
use upto::wire::Status;

use crate::collector::{Alone, Collector, collect};

fn traced(body: impl FnOnce()) {
    let subscriber = tracing_subscriber::registry().with(upto_tracing::layer());
    tracing::subscriber::with_default(subscriber, body);
}

/// Counts how often it is formatted.
struct Counted<'c>(&'c AtomicU32);

impl fmt::Debug for Counted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::Relaxed);
        formatter.write_str("counted")
    }
}

fn use_everything(counter: &AtomicU32) {
    let span = info_span!("span", known = ?Counted(counter), late = field::Empty).entered();
    span.record("late", field::debug(Counted(counter)));
    error!(error = ?Counted(counter), "failed {:?}", Counted(counter));
}

#[test]
fn without_a_client_nothing_is_formatted() {
    let counter = AtomicU32::new(0);
    let alone = Alone::new();
    traced(|| use_everything(&counter));
    assert_eq!(counter.load(Ordering::Relaxed), 0);
    let collector = Collector::start(&alone);
    traced(|| use_everything(&counter));
    assert_eq!(collector.finish().paths(), ["span"]);
    assert_eq!(counter.load(Ordering::Relaxed), 4);
}

#[test]
fn a_span_without_an_event_is_not_formatted_either() {
    let counter = AtomicU32::new(0);
    let alone = Alone::new();
    traced(|| {
        let early = info_span!("early", late = field::Empty).entered();
        let collector = Collector::start(&alone);
        early.record("late", field::debug(Counted(&counter)));
        error!(error = ?Counted(&counter), "failed {:?}", Counted(&counter));
        assert!(collector.finish().paths().is_empty());
    });
    assert_eq!(counter.load(Ordering::Relaxed), 0);
}

#[test]
fn a_client_may_start_inside_a_span() {
    let alone = Alone::new();
    traced(|| {
        let early = info_span!("early");
        let entered = early.enter();
        let collector = Collector::start(&alone);
        info_span!("inside").in_scope(|| info_span!(parent: &early, "child of early"));
        early.in_scope(|| info_span!("inside again"));
        drop(entered);
        drop(early);
        assert_eq!(collector.finish().paths(), ["inside", "child of early", "inside again"]);
    });
}

#[test]
fn a_client_may_end_inside_a_span() {
    let alone = Alone::new();
    traced(|| {
        let first = Collector::start(&alone);
        let span = info_span!("span", field = 1);
        let entered = span.enter();
        let seen = first.finish();
        assert_eq!(seen.paths(), ["span"]);
        span.record("field", 2);
        error!("too late");
        info_span!("too late");
        drop(entered);
        assert!(Scope::current().is_none());
        let second = Collector::start(&alone);
        info_span!("next");
        drop(span);
        assert_eq!(second.finish().paths(), ["next"]);
    });
}

#[test]
fn a_span_that_closes_without_a_client_is_gone() {
    let alone = Alone::new();
    traced(|| {
        let first = Collector::start(&alone);
        let span = info_span!("span");
        first.finish();
        std::mem::forget(span.enter());
        drop(span);
        let second = Collector::start(&alone);
        assert!(Scope::current().is_none());
        info_span!("next");
        assert_eq!(second.finish().paths(), ["next"]);
    });
}

/// A registry that finds none of its spans, as one does whose spans are gone or are hidden.
#[derive(Default)]
struct Forgetful(Registry);

impl Subscriber for Forgetful {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.0.new_span(attributes)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.0.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }

    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }

    fn enter(&self, span: &Id) {
        self.0.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.0.clone_span(id)
    }

    fn try_close(&self, id: Id) -> bool {
        self.0.try_close(id)
    }
}

impl<'a> LookupSpan<'a> for Forgetful {
    type Data = Data<'a>;

    fn span_data(&'a self, _: &Id) -> Option<Self::Data> {
        None
    }
}

#[test]
fn spans_that_the_registry_does_not_find_are_events_all_the_same() {
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    let counter = AtomicU32::new(0);
    tracing::subscriber::with_default(Forgetful::default().with(upto_tracing::layer()), || {
        use_everything(&counter);
        let outer = info_span!("outer");
        outer.in_scope(|| upto::event("guard").end());
        info_span!(parent: &outer, "child").in_scope(|| error!("in an unknown span"));
    });
    let seen = collector.finish();
    assert_eq!(seen.paths(), ["span", "outer", "outer.guard", "outer.child"]);
    // The event in the span was not: where it happened is for the registry to say.
    assert_eq!(counter.load(Ordering::Relaxed), 2);
    assert_eq!(seen.event("outer.child").outcome(), (Status::Ok, ""));
}

#[test]
fn a_span_is_unknown_once_it_has_closed() {
    let seen = collect(|| {
        let span = info_span!("span");
        let id = span.id().unwrap();
        drop(span);
        let subscriber = tracing::dispatcher::get_default(Clone::clone);
        subscriber.enter(&id);
        info_span!("inside").in_scope(|| error!("inside"));
        subscriber.exit(&id);
    });
    assert_eq!(seen.paths(), ["span", "inside"]);
}
