//! Fields that say something of the event itself.

use tracing::{Level, error, field, info, info_span};
use upto::Value;
use upto::wire::Status;

use crate::collector::{collect, collect_with};

#[test]
fn a_span_may_be_named_while_the_program_runs() {
    let seen = collect(|| {
        for unit in ["a", "b.c"] {
            let _unit = info_span!("unit", upto.name = unit, level = 3).entered();
            info_span!("parse").in_scope(|| upto::event("guard").end());
        }
        drop(info_span!("shown", upto.name = %format_args!("unit {}", 7)));
        drop(info_span!("number", upto.name = 7));
    });
    let expected =
        ["a", "a.parse", "a.parse.guard", r"b\.c", r"b\.c.parse", r"b\.c.parse.guard", "unit 7", "7"];
    assert_eq!(seen.paths(), expected);
    assert_eq!(seen.event("a").attributes, [("level".to_owned(), Value::Int(3))].into());
    expected.into_iter().for_each(|path| assert!(seen.event(path).end.is_some(), "{path} did not end"));
}

#[test]
fn a_span_may_choose_its_context_timeline_and_host() {
    let seen = collect(|| {
        let chosen = info_span!("chosen", upto.context = "jobs", upto.timeline = "job 7", upto.host = ?Shown("node1"), a = 1);
        chosen.in_scope(|| info_span!("child", upto.host = "node2"));
    });
    let place = |path: &str| {
        let event = seen.event(path);
        (event.context.as_str(), event.timeline.as_str(), event.host.as_str())
    };
    assert_eq!(place("chosen"), ("jobs", "job 7", "node1"));
    assert_eq!(place("chosen.child"), ("jobs", "job 7", "node2"));
    assert_eq!(seen.event("chosen").attributes, [("a".to_owned(), Value::Int(1))].into());
}

#[test]
fn a_context_of_the_span_goes_before_the_layers() {
    let seen = collect_with(upto_tracing::layer().with_context("layer"), || {
        info_span!("span", upto.context = "span").in_scope(|| info_span!("child"));
        drop(info_span!("other"));
    });
    assert_eq!(seen.event("span").context, "span");
    assert_eq!(seen.event("span.child").context, "span");
    assert_eq!(seen.event("other").context, "layer");
}

#[test]
fn empty_or_late_they_say_nothing() {
    let seen = collect(|| {
        let span = info_span!("span", upto.name = "", upto.context = "", upto.host = field::Empty);
        span.record("upto.name", "late").record("upto.host", "late");
        drop(info_span!("other", upto.other = 1));
    });
    let span = seen.event("span");
    assert_eq!((span.context.as_str(), span.host.as_str()), ("test", ""));
    assert!(span.attributes.is_empty() && span.end().attributes.is_empty());
    assert_eq!(seen.event("other").attributes["upto.other"], Value::Int(1));
}

#[test]
fn names_that_are_too_long_are_refused_and_counted() {
    let long = "x".repeat(20_000);
    let seen = collect(|| {
        let _outer = info_span!("outer").entered();
        drop(info_span!("name", upto.name = long));
        drop(info_span!("context", upto.context = %long));
        assert_eq!(upto::Client::stats().unwrap().dropped_name, 4);
        drop(info_span!("long", upto.name = &long[..5_000]));
    });
    assert_eq!(seen.paths(), ["outer".to_owned(), format!("outer.{}", &long[..5_000])]);
}

#[test]
fn what_panics_while_it_is_formatted_says_nothing() {
    let seen = collect_with(upto_tracing::layer().with_events(Level::INFO).with_busy_time(true), || {
        let explosive = Explosive;
        drop(info_span!("name", upto.name = ?explosive, a = 1));
        drop(info_span!("context", upto.context = ?explosive, a = %explosive));
        drop(info_span!("timeline", upto.timeline = %explosive));
        let span = info_span!("host", upto.host = ?explosive, late = field::Empty).entered();
        span.record("late", field::debug(explosive)).record("upto.name", field::display(explosive));
        info!(upto.name = ?explosive, told = ?explosive, "{explosive}");
        error!(error = ?explosive);
    });
    assert_eq!(seen.paths(), ["name", "context", "timeline", "host"]);
    let place = |path: &str| {
        let event = seen.event(path);
        (event.context.as_str(), event.timeline.as_str(), event.host.as_str())
    };
    seen.paths().into_iter().for_each(|path| assert_eq!(place(path), ("test", "", ""), "{path}"));
    assert_eq!(seen.event("name").attributes["a"], Value::Int(1));
    assert_eq!(seen.event("context").attributes["a"], Value::from(PLACEHOLDER));
    let host = seen.event("host");
    assert_eq!(
        (&host.end().attributes["late"], host.outcome()),
        (&PLACEHOLDER.into(), (Status::Failed, PLACEHOLDER))
    );
    assert_eq!(seen.points[0].text("told"), PLACEHOLDER);
    assert_eq!(seen.points[0].text("message"), PLACEHOLDER);
}

const PLACEHOLDER: &str = "<panicked while being formatted>";

/// Says something, and panics. No hook is called: it has nothing to tell of a test that passes.
#[derive(Clone, Copy)]
struct Explosive;

impl std::fmt::Debug for Explosive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("so far")?;
        std::panic::resume_unwind(Box::new("on purpose"))
    }
}

impl std::fmt::Display for Explosive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, formatter)
    }
}

/// Its `Debug` is without quotes.
struct Shown(&'static str);

impl std::fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0)
    }
}
