//! Spans and guards share what is current, in whatever order they are entered and left.

use std::thread;

use tracing::{dispatcher, info_span};
use upto::Scope;

use crate::collector::collect;

fn current() -> String {
    Scope::current().map(|scope| scope.path()).unwrap_or_default()
}

#[upto::event(name = "annotated")]
fn annotated() {
    info_span!("span").in_scope(|| {
        let _guard = upto::event("guard");
        info_span!("leaf");
    });
}

#[test]
fn spans_guards_and_annotated_functions_nest_in_one_another() {
    let seen = collect(|| info_span!("outer").in_scope(annotated));
    let expected = [
        "outer",
        "outer.annotated",
        "outer.annotated.span",
        "outer.annotated.span.guard",
        "outer.annotated.span.guard.leaf",
    ];
    assert_eq!(seen.paths(), expected);
}

#[test]
fn nothing_is_current_before_and_after() {
    collect(|| {
        let span = info_span!("span");
        assert_eq!(current(), "");
        span.in_scope(|| assert_eq!(current(), "span"));
        assert_eq!(current(), "");
    });
}

#[test]
fn spans_may_be_left_out_of_order() {
    collect(|| {
        let a = info_span!("a").entered();
        let b = info_span!("b").entered();
        let c = info_span!("c").entered();
        drop(b);
        assert_eq!(current(), "a.b.c");
        drop(c);
        assert_eq!(current(), "a");
        drop(a);
        assert_eq!(current(), "");
    });
}

#[test]
fn a_span_entered_twice_is_current_until_it_is_left_twice() {
    collect(|| {
        let (span, other) = (info_span!("span"), info_span!("other"));
        let first = span.enter();
        let between = other.enter();
        let second = span.enter();
        assert_eq!(current(), "span");
        drop(second);
        assert_eq!(current(), "other");
        drop(between);
        assert_eq!(current(), "span");
        drop(first);
        assert_eq!(current(), "");
    });
}

#[test]
fn guards_and_spans_may_end_out_of_order() {
    collect(|| {
        let guard = upto::event("guard");
        let span = info_span!("span").entered();
        let inner = upto::event("inner");
        drop(guard);
        assert_eq!(current(), "guard.span.inner");
        drop(inner);
        assert_eq!(current(), "guard.span");
        drop(span);
        assert_eq!(current(), "");
    });
}

#[test]
fn a_guard_leaves_with_its_span_and_comes_back_with_it() {
    collect(|| {
        let span = info_span!("span");
        let entered = span.enter();
        let guard = upto::event("guard");
        drop(entered);
        assert_eq!(current(), "");
        span.in_scope(|| {
            assert_eq!(current(), "span.guard");
            drop(guard);
            assert_eq!(current(), "span");
        });
        span.in_scope(|| assert_eq!(current(), "span"));
    });
}

#[test]
fn a_span_is_current_only_on_the_threads_that_entered_it() {
    let seen = collect(|| {
        let span = info_span!("span");
        let dispatch = dispatcher::get_default(Clone::clone);
        let _here = span.enter();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let _subscriber = dispatcher::set_default(&dispatch);
                    assert_eq!(current(), "");
                    info_span!("outside");
                    span.in_scope(|| info_span!("inside"));
                    assert_eq!(current(), "");
                });
            }
        });
        assert_eq!(current(), "span");
    });
    assert_eq!(seen.sorted_paths(), ["outside", "outside", "span", "span.inside", "span.inside"]);
}

#[test]
fn a_span_that_closes_while_it_is_current_is_no_longer() {
    let seen = collect(|| {
        let span = info_span!("span");
        std::mem::forget(span.enter());
        assert_eq!(current(), "span");
        drop(span);
        assert_eq!(current(), "");
        info_span!("next");
    });
    assert_eq!(seen.paths(), ["span", "next"]);
    assert!(seen.event("span").end.is_some());
}
