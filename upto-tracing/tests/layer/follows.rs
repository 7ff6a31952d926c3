//! `follows_from` is a link between events.

use tracing::{Span, field, info_span};
use upto::{Event, Scope};

use crate::collector::{collect, collect_from};

fn follow() {
    let (first, second) = (info_span!("first"), info_span!("second"));
    let after = info_span!("after");
    after.follows_from(&first);
    after.follows_from(&second);
    after.follows_from(&first);
    second.follows_from(Span::none());
}

#[test]
fn what_a_span_follows_is_told_with_its_end() {
    for seen in [collect(follow), collect_from(upto_tracing::subscriber(), follow)] {
        assert_eq!(seen.event("after").followed(), [seen.event("first").id, seen.event("second").id]);
        assert!(seen.event("second").followed().is_empty());
    }
}

/// `after` follows from a span that has closed, and was made before or after another one followed from any.
fn follow_closed(is_first: bool) {
    if !is_first {
        info_span!("earlier").follows_from(info_span!("any").id());
    }
    let after = info_span!("after");
    let closed = info_span!("closed");
    let id = closed.id();
    drop(closed);
    // Of those that are remembered, it is not the latest.
    (0..100).for_each(|_| drop(info_span!("others")));
    after.follows_from(id);
}

#[test]
fn what_has_closed_is_known_once_any_span_has_followed_from_another() {
    for seen in
        [collect(|| follow_closed(false)), collect_from(upto_tracing::subscriber(), || follow_closed(false))]
    {
        assert_eq!(seen.event("after").followed(), [seen.event("closed").id]);
    }
}

#[test]
fn what_has_closed_before_the_first_link_is_not_known() {
    for seen in
        [collect(|| follow_closed(true)), collect_from(upto_tracing::subscriber(), || follow_closed(true))]
    {
        assert!(seen.event("after").followed().is_empty());
    }
}

#[test]
fn a_span_that_closes_late_is_known_after_that() {
    let seen = collect(|| {
        info_span!("earlier").follows_from(info_span!("any").id());
        let closed = info_span!("closed", said = field::Empty);
        let id = closed.id();
        let after = info_span!("after");
        std::thread::scope(|scope| {
            scope.spawn(move || {
                closed.record("said", "late");
                drop(closed);
            });
        });
        after.follows_from(id);
    });
    assert_eq!(seen.event("after").followed(), [seen.event("closed").id]);
    assert_eq!(seen.event("closed").end().attributes["said"], "late".into());
}

#[upto::event(name = "annotated")]
fn annotated() -> Scope {
    Scope::current().unwrap()
}

fn follow_what_is_current() {
    let here = || Scope::current().unwrap();
    let outer = info_span!("outer").entered();
    let first = here();
    let nested = info_span!("nested", number = 1).in_scope(|| [here(), annotated(), here()]);
    let guard = upto::event("guard");
    // What is entered is moved to where guards are; it is known there, too.
    let in_guard = here();
    drop(guard);
    let made = info_span!("made", upto.name = "given").in_scope(here);
    let again = here();
    drop(outer);
    let all = [first].into_iter().chain(nested).chain([in_guard, made, again]);
    for (place, scope) in all.enumerate() {
        Event::builder(format!("after {place}")).root().follows(&scope).start().end();
    }
}

#[test]
fn what_is_current_in_spans_can_be_followed() {
    for seen in
        [collect(follow_what_is_current), collect_from(upto_tracing::subscriber(), follow_what_is_current)]
    {
        let paths = [
            "outer",
            "outer.nested",
            "outer.nested.annotated",
            "outer.nested",
            "outer.guard",
            "outer.given",
            "outer",
        ];
        for (place, path) in paths.into_iter().enumerate() {
            assert_eq!(seen.event(&format!("after {place}")).followed(), [seen.event(path).id], "{path}");
        }
    }
}
