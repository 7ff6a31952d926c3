//! The subscriber that needs no registry.

use std::thread;

use tracing::{Instrument, Level, Span, debug_span, dispatcher, error, field, info, info_span, span_enabled};
use upto::wire::Status;
use upto::{Scope, Value};
use upto_tracing::Subscriber;

use crate::collector::{Alone, Collector, Seen, collect_from};

fn collect_with(subscriber: Subscriber, body: impl FnOnce()) -> Seen {
    collect_from(subscriber, body)
}

fn collect(body: impl FnOnce()) -> Seen {
    collect_with(upto_tracing::subscriber(), body)
}

fn current() -> String {
    Scope::current().map(|scope| scope.path()).unwrap_or_default()
}

#[upto::event(name = "annotated")]
fn annotated() {
    info_span!("span", field = 1).in_scope(|| upto::event("guard").end());
}

#[test]
fn spans_are_events_and_nest_with_others() {
    let seen = collect(|| {
        let outer = info_span!("outer", known = 1, late = field::Empty).entered();
        annotated();
        outer.record("late", "said");
        let given = info_span!(parent: None::<tracing::Id>, "root");
        info_span!(parent: &given, "child").in_scope(|| info_span!("grandchild"));
    });
    let expected = [
        "outer",
        "outer.annotated",
        "outer.annotated.span",
        "outer.annotated.span.guard",
        "root",
        "root.child",
        "root.child.grandchild",
    ];
    assert_eq!(seen.paths(), expected);
    assert!(seen.iter().all(|event| event.end.is_some()));
    assert_eq!(seen.event("outer").attributes["known"], Value::Int(1));
    assert_eq!(seen.event("outer").end().attributes["late"], "said".into());
    assert_eq!(seen.event("outer.annotated.span").attributes["field"], Value::Int(1));
}

#[test]
fn a_span_ends_with_its_last_handle_wherever_that_is() {
    let seen = collect(|| {
        let span = info_span!("span");
        let handles: Vec<Span> = (0..100).map(|_| span.clone()).collect();
        drop(span);
        let drops = handles.into_iter().map(|handle| thread::spawn(move || drop(handle)));
        let last = drops.collect::<Vec<_>>();
        drop(info_span!("between"));
        last.into_iter().for_each(|thread| thread.join().unwrap());
        drop(info_span!("after"));
    });
    assert_eq!(seen.paths(), ["span", "between", "after"]);
    assert!(seen.event("span").end().time <= seen.event("after").started);
}

#[test]
fn the_innermost_span_is_current() {
    let seen = collect(|| {
        assert!(Span::current().is_none());
        let (outer, other) = (info_span!("outer").entered(), info_span!("other").entered());
        assert_eq!(Span::current().metadata().unwrap().name(), "other");
        let _guard = upto::event("guard");
        // What is entered is moved to where guards are; it is found there, too.
        assert_eq!(Span::current().id(), other.id());
        drop(outer);
        assert_eq!(Span::current().id(), other.id());
        drop(other);
        assert!(Span::current().is_none());
    });
    assert!(seen.iter().all(|event| event.end.is_some()));
}

#[test]
fn a_task_may_be_told_to_be_in_the_current_span() {
    let seen = collect(|| {
        let future = info_span!("outer").in_scope(|| async { drop(info_span!("told")) }.in_current_span());
        let dispatch = dispatcher::get_default(Clone::clone);
        let elsewhere = move || {
            let _subscriber = dispatcher::set_default(&dispatch);
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
        };
        thread::spawn(elsewhere).join().unwrap();
    });
    assert_eq!(seen.paths(), ["outer", "outer.told"]);
    assert!(seen.iter().all(|event| event.end.is_some()));
}

#[test]
fn spans_may_be_entered_and_left_in_any_order() {
    let seen = collect(|| {
        let (a, b, c) = (info_span!("a"), info_span!("b"), info_span!("c"));
        let first = a.enter();
        let second = b.enter();
        let again = a.enter();
        let third = c.enter();
        drop(second);
        assert_eq!(current(), "c");
        drop(third);
        assert_eq!(current(), "a");
        drop(again);
        assert_eq!(current(), "a");
        drop(first);
        assert_eq!(current(), "");
        std::mem::forget(a.enter());
        drop(a);
        assert_eq!(current(), "");
    });
    assert!(seen.iter().all(|event| event.end.is_some()));
}

#[test]
fn levels_above_the_greatest_are_not_even_made() {
    let seen = collect_with(upto_tracing::subscriber().with_max_level(Level::INFO), || {
        assert!(!span_enabled!(Level::DEBUG) && span_enabled!(Level::INFO));
        let hidden = debug_span!("hidden").entered();
        assert!(hidden.is_disabled());
        info_span!("seen").in_scope(|| ());
    });
    assert_eq!(seen.paths(), ["seen"]);
    let none = collect_with(
        upto_tracing::subscriber().with_max_level(tracing::level_filters::LevelFilter::OFF),
        || {
            info_span!("span").in_scope(|| error!("unseen"));
        },
    );
    assert!(none.paths().is_empty());
}

#[test]
fn only_events_that_say_something_are_made() {
    collect(|| {
        assert!(tracing::event_enabled!(Level::ERROR) && !tracing::event_enabled!(Level::WARN));
    });
    let subscriber = upto_tracing::subscriber().with_events(Level::INFO).with_max_level(Level::WARN);
    let seen = collect_with(subscriber, || {
        assert!(tracing::event_enabled!(Level::WARN) && !tracing::event_enabled!(Level::INFO));
        info!("above the greatest level");
    });
    assert!(seen.points.is_empty());
}

#[test]
fn errors_and_panics_are_failures() {
    let seen = collect(|| {
        let outer = info_span!("outer").entered();
        {
            let _guard = upto::event("guard");
            error!("broken");
        }
        let named = info_span!("named");
        error!(parent: &named, "elsewhere");
        error!(parent: None::<tracing::Id>, "nowhere");
        let unwound = std::panic::catch_unwind(|| {
            let _inner = info_span!("inner").entered();
            panic!("meant to be");
        });
        assert!(unwound.is_err());
        drop(outer);
        error!("outside of everything");
    });
    assert_eq!(seen.event("outer").outcome(), (Status::Failed, "broken"));
    assert_eq!(seen.event("outer.named").outcome(), (Status::Failed, "elsewhere"));
    assert_eq!(seen.event("outer.inner").outcome(), (Status::Failed, "panicked"));
}

#[test]
fn options_are_as_for_the_layer() {
    let subscriber =
        upto_tracing::subscriber().with_context("alone").with_target(true).with_busy_time(true).clone();
    let seen = collect_with(subscriber, || {
        info_span!("span", upto.name = "named", upto.host = "node1", field = 1)
            .in_scope(|| drop(info_span!("child")));
    });
    assert_eq!(seen.paths(), ["named", "named.child"]);
    let named = seen.event("named");
    assert_eq!((named.context.as_str(), named.host.as_str()), ("alone", "node1"));
    assert_eq!(named.attributes["target"], module_path!().into());
    assert!(named.end().attributes.contains_key("busy_ns") && named.end().attributes.contains_key("idle_ns"));
    assert_eq!(seen.event("named.child").context, "alone");
}

#[test]
fn the_client_may_come_later_and_go_earlier() {
    let alone = Alone::new();
    tracing::subscriber::with_default(upto_tracing::subscriber(), || {
        let early = info_span!("early", field = 1).entered();
        let early_too = info_span!("early too");
        early.record("field", 2);
        let first = Collector::start(&alone);
        assert!(Span::current().is_none());
        early_too.in_scope(|| info_span!("inside").in_scope(|| error!("in the new one")));
        early_too.follows_from(&*early);
        info_span!(parent: &early_too, "child of early");
        drop((early, early_too));
        let outlasting = info_span!("outlasting").entered();
        let seen = first.finish();
        assert_eq!(seen.paths(), ["inside", "child of early", "outlasting"]);
        assert_eq!(seen.event("inside").outcome(), (Status::Failed, "in the new one"));
        drop(outlasting.clone());
        drop(outlasting);
        assert!(Scope::current().is_none());
        let second = Collector::start(&alone);
        drop(info_span!("next"));
        assert_eq!(second.finish().paths(), ["next"]);
    });
}

#[test]
fn several_subscribers_do_not_mix() {
    let other = dispatcher::Dispatch::new(upto_tracing::subscriber());
    let seen = collect(|| {
        let mine = info_span!("mine").entered();
        let theirs = dispatcher::with_default(&other, || info_span!("theirs"));
        theirs.in_scope(|| {
            assert_eq!(Span::current().id(), mine.id());
            dispatcher::with_default(&other, || assert_eq!(Span::current().id(), theirs.id()));
        });
    });
    assert_eq!(seen.paths(), ["mine", "mine.theirs"]);
    assert!(seen.iter().all(|event| event.end.is_some()));
}
