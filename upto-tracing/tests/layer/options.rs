//! What the options change.

use std::time::{Duration, Instant};

use tracing::{Instrument, info_span};
use upto::{Event, Value};

use crate::collector::{collect, collect_with};

#[test]
fn the_context_is_that_of_spans_without_a_parent() {
    let seen = collect_with(upto_tracing::layer().with_context("requests"), || {
        info_span!("span").in_scope(|| {
            upto::event("guard").end();
            info_span!("child");
        });
        let _elsewhere = Event::builder("event").context("jobs").start();
        info_span!("inside");
        info_span!(parent: None::<tracing::Id>, "root");
    });
    let contexts =
        |paths: &[&str]| paths.iter().map(|path| seen.event(path).context.as_str()).collect::<Vec<_>>();
    assert_eq!(contexts(&["span", "span.guard", "span.child", "root"]), ["requests"; 4]);
    assert_eq!(contexts(&["event", "event.inside"]), ["jobs"; 2]);
}

#[test]
fn no_context_is_the_clients() {
    let seen = collect_with(upto_tracing::layer().with_context(""), || drop(info_span!("span")));
    assert_eq!(seen.event("span").context, "test");
}

#[test]
fn targets_are_attributes_if_asked_for() {
    let work = || {
        drop(info_span!("span"));
        drop(info_span!(target: "net.http", "named"));
        drop(info_span!("own", target = "mine"));
    };
    let seen = collect_with(upto_tracing::layer().with_target(true), work);
    let target = |path: &str| seen.event(path).attributes["target"].clone();
    assert_eq!(target("span"), Value::from(module_path!()));
    assert_eq!(target("named"), Value::from("net.http"));
    assert_eq!(target("own"), Value::from("mine"));
    let plain = collect(work);
    assert!(plain.event("span").attributes.is_empty() && plain.event("named").attributes.is_empty());
}

/// Keeps the thread busy for at least so long.
fn spin(duration: Duration) {
    let started = Instant::now();
    while started.elapsed() < duration {}
}

#[track_caller]
fn nanoseconds(value: &Value) -> u128 {
    let Value::Int(value) = value else { panic!("{value:?}") };
    u128::try_from(*value).unwrap()
}

#[test]
fn busy_time_is_that_of_being_entered() {
    let (busy, idle) = (Duration::from_millis(3), Duration::from_millis(2));
    let started = Instant::now();
    let seen = collect_with(upto_tracing::layer().with_busy_time(true), || {
        let span = info_span!("span", field = 1);
        span.in_scope(|| {
            spin(busy / 3);
            // Entered again, it is no busier.
            span.in_scope(|| spin(busy / 3));
        });
        spin(idle);
        span.in_scope(|| spin(busy / 3));
        drop(info_span!("never entered"));
    });
    let all = started.elapsed().as_nanos();
    let attributes = &seen.event("span").end().attributes;
    let (busy_ns, idle_ns) = (nanoseconds(&attributes["busy_ns"]), nanoseconds(&attributes["idle_ns"]));
    assert!(
        busy_ns >= busy.as_nanos() && idle_ns >= idle.as_nanos() && busy_ns + idle_ns <= all,
        "{attributes:?}"
    );
    assert_eq!(seen.event("never entered").end().attributes["busy_ns"], Value::Int(0));
}

#[test]
fn busy_time_is_told_of_spans_that_close_while_they_are_entered() {
    let seen = collect_with(upto_tracing::layer().with_busy_time(true), || {
        let span = info_span!("span");
        std::mem::forget(span.enter());
        spin(Duration::from_millis(1));
        drop(span);
        drop(async {}.instrument(info_span!("future")));
    });
    assert!(nanoseconds(&seen.event("span").end().attributes["busy_ns"]) >= 1_000_000);
    assert!(seen.event("future").end().attributes.contains_key("idle_ns"));
}

#[test]
fn options_are_those_of_a_copy_too() {
    let layer = upto_tracing::layer().with_target(true).with_context("copied");
    let seen = collect_with(layer.clone(), || drop(info_span!("span")));
    assert_eq!(seen.event("span").context, "copied");
    assert!(seen.event("span").attributes.contains_key("target"));
    drop(layer);
}
