//! An ERROR event in a span marks it failed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{Span, error, info_span, warn};
use upto::wire::Status;

use crate::collector::{collect, collect_from};

#[test]
fn an_error_marks_the_span_it_is_in_and_no_other() {
    let seen = collect(|| {
        let _outer = info_span!("outer").entered();
        info_span!("sibling").in_scope(|| warn!("only a warning"));
        info_span!("inner").in_scope(|| error!(code = 7, "no route to {}", "host"));
    });
    assert_eq!(seen.event("outer.inner").outcome(), (Status::Failed, "no route to host"));
    assert_eq!(seen.event("outer.sibling").outcome(), (Status::Ok, ""));
    assert_eq!(seen.event("outer").outcome(), (Status::Ok, ""));
}

#[test]
fn the_first_error_is_the_reason() {
    let seen = collect(|| {
        info_span!("span").in_scope(|| {
            error!("first");
            error!("second");
        });
    });
    assert_eq!(seen.event("span").outcome(), (Status::Failed, "first"));
}

#[test]
fn an_error_may_name_its_span_or_none() {
    let seen = collect(|| {
        let named = info_span!("named");
        let _current = info_span!("current").entered();
        error!(parent: &named, "there");
        error!(parent: None::<tracing::Id>, "nowhere");
    });
    assert_eq!(seen.event("named").outcome(), (Status::Failed, "there"));
    assert_eq!(seen.event("current").outcome(), (Status::Ok, ""));
}

#[test]
fn without_a_message_the_error_is_the_reason() {
    let seen = collect(|| {
        info_span!("display").in_scope(|| error!(error = %"disk full"));
        info_span!("debug").in_scope(|| error!(err = ?Some(28)));
        info_span!("number").in_scope(|| error!(error = 28));
        info_span!("text").in_scope(|| error!(error = "quoted?"));
        info_span!("both").in_scope(|| error!(error = %"disk full", "can't save"));
    });
    let reason = |path| seen.event(path).outcome();
    assert_eq!(reason("display"), (Status::Failed, "disk full"));
    assert_eq!(reason("debug"), (Status::Failed, "Some(28)"));
    assert_eq!(reason("number"), (Status::Failed, "28"));
    assert_eq!(reason("text"), (Status::Failed, "quoted?"));
    assert_eq!(reason("both"), (Status::Failed, "can't save"));
}

#[test]
fn without_anything_that_says_why_the_place_is_the_reason() {
    let first_line = line!();
    let seen = collect(|| {
        info_span!("nothing").in_scope(|| error!(code = 28));
        info_span!("empty").in_scope(|| error!(error = "", ""));
        info_span!("target").in_scope(|| error!(target: "storage", code = 28));
        info_span!("no target").in_scope(|| error!(target: "", code = 28));
    });
    let expect = |path, target, line: u32| {
        let reason = format!("{target} ({}:{})", file!(), first_line + line);
        assert_eq!(seen.event(path).outcome(), (Status::Failed, reason.as_str()));
    };
    expect("nothing", module_path!(), 2);
    expect("empty", module_path!(), 3);
    expect("target", "storage", 4);
    expect("no target", "error", 5);
}

#[tracing::instrument(err)]
fn load() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("disk full"))
}

#[test]
fn an_instrumented_function_that_returns_an_error_failed() {
    let seen = collect(|| load().unwrap_err().kind().to_string().clear());
    assert_eq!(seen.event("load").outcome(), (Status::Failed, "disk full"));
}

#[test]
fn long_reasons_are_cut() {
    let seen = collect(|| info_span!("span").in_scope(|| error!("{}", "x".repeat(10_000))));
    assert_eq!(seen.event("span").outcome(), (Status::Failed, "x".repeat(256).as_str()));
}

#[test]
fn an_error_inside_a_guard_is_the_surrounding_spans() {
    let seen = collect(|| {
        let _span = info_span!("span").entered();
        let _guard = upto::event("guard");
        error!("broken");
    });
    assert_eq!(seen.event("span").outcome(), (Status::Failed, "broken"));
    assert_eq!(seen.event("span.guard").outcome(), (Status::Ok, ""));
}

#[test]
fn a_panic_marks_the_spans_that_it_unwinds() {
    let seen = collect(|| {
        let _outer = info_span!("outer").entered();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _inner = info_span!("inner").entered();
            panic!("meant to be");
        }));
        assert!(unwound.is_err());
    });
    assert_eq!(seen.event("outer.inner").outcome(), (Status::Failed, "panicked"));
    assert_eq!(seen.event("outer").outcome(), (Status::Ok, ""));
}

#[test]
fn an_error_outside_of_spans_harms_nobody() {
    let seen = collect(|| {
        error!("nowhere");
        Span::none().in_scope(|| error!("nowhere either"));
    });
    assert!(seen.paths().is_empty());
}

/// Makes spans when it is dropped.
struct Cleanup;

impl Drop for Cleanup {
    fn drop(&mut self) {
        // At the second one, all is known of the place; the last one has a field that is said late.
        for _ in 0..2 {
            info_span!("cleanup").in_scope(|| ());
        }
        info_span!("recorded", late = tracing::field::Empty).record("late", 1);
    }
}

fn panic_and_clean_up() {
    drop(Cleanup);
    catch_unwind(AssertUnwindSafe(|| {
        let _outer = info_span!("outer").entered();
        let _cleanup = Cleanup;
        panic!("on purpose");
    }))
    .unwrap_err();
}

#[test]
fn what_begins_while_a_panic_unwinds_is_not_what_panicked() {
    let all = [collect(panic_and_clean_up), collect_from(upto_tracing::subscriber(), panic_and_clean_up)];
    for seen in all {
        assert_eq!(seen.event("outer").outcome(), (Status::Failed, "panicked"));
        let cleanup = seen.iter().filter(|event| event.path.starts_with("outer."));
        assert_eq!(cleanup.map(|event| event.outcome()).collect::<Vec<_>>(), [(Status::Ok, ""); 3]);
    }
}
