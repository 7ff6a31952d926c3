//! More spans at a time, deeper, and on more threads than there is a place for at hand.

use std::thread;

use tracing::{Span, dispatcher, info_span};
use tracing_subscriber::prelude::*;

use crate::collector::{Seen, collect, collect_from};

#[track_caller]
fn assert_all_ended(seen: &Seen, events: usize) {
    assert_eq!(seen.paths().len(), events);
    assert!(seen.iter().all(|event| event.end.is_some()));
}

/// The flusher takes what is queued every now and then; it is not to be overrun.
const OPEN: usize = 3_000;

fn open_many() {
    let spans: Vec<Span> = (0..OPEN).map(|number| info_span!("open", number)).collect();
    for span in &spans {
        span.in_scope(|| ());
        span.record("number", 0);
    }
}

#[test]
fn thousands_may_be_open_at_once() {
    assert_all_ended(&collect(open_many), OPEN);
    assert_all_ended(&collect_from(upto_tracing::subscriber(), open_many), OPEN);
}

fn recurse(depth: usize) {
    if depth > 0 {
        info_span!("r").in_scope(|| recurse(depth - 1));
    } else {
        upto::event("leaf").end();
    }
}

#[test]
fn spans_may_nest_deeply() {
    const DEPTH: usize = 200;
    let leaf = format!("{}leaf", "r.".repeat(DEPTH));
    for seen in [collect(|| recurse(DEPTH)), collect_from(upto_tracing::subscriber(), || recurse(DEPTH))] {
        assert_all_ended(&seen, DEPTH + 1);
        assert_eq!(seen.paths().last(), Some(&leaf.as_str()));
    }
}

/// Each thread makes spans that the next one uses and closes, while it lives and after it has ended.
fn relay() {
    const THREADS: usize = 100;
    let dispatch = dispatcher::get_default(Clone::clone);
    let mut handed_on: Vec<Span> = Vec::new();
    for number in 0..THREADS {
        let (dispatch, before) = (dispatch.clone(), std::mem::take(&mut handed_on));
        let work = move || {
            let _subscriber = dispatcher::set_default(&dispatch);
            for span in before {
                span.in_scope(|| drop(info_span!("used")));
            }
            vec![info_span!("made", number), info_span!("also")]
        };
        handed_on = thread::spawn(work).join().unwrap();
    }
}

#[test]
fn spans_may_go_from_thread_to_thread() {
    for seen in [collect(relay), collect_from(upto_tracing::subscriber(), relay)] {
        assert_all_ended(&seen, 100 * 2 + 99 * 2);
        assert_eq!(seen.paths().into_iter().filter(|path| *path == "made.used").count(), 99);
    }
}

/// More threads at a time than there are blocks of slots.
fn at_once() {
    const THREADS: usize = 80;
    let dispatch = dispatcher::get_default(Clone::clone);
    let all_here = std::sync::Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let _subscriber = dispatcher::set_default(&dispatch);
                let span = info_span!("thread").entered();
                all_here.wait();
                info_span!("inner").in_scope(|| upto::event("leaf").end());
                drop(span);
                all_here.wait();
            });
        }
    });
}

#[test]
fn many_threads_may_have_spans_at_once() {
    for seen in [collect(at_once), collect_from(upto_tracing::subscriber(), at_once)] {
        assert_all_ended(&seen, 80 * 3);
        assert_eq!(seen.paths().into_iter().filter(|path| *path == "thread.inner.leaf").count(), 80);
    }
}

#[test]
fn spans_of_two_subscribers_with_the_same_numbers_are_told_apart() {
    let (one, other) = (tracing_subscriber::registry(), tracing_subscriber::registry());
    let other = dispatcher::Dispatch::new(other.with(upto_tracing::layer()));
    let seen = collect_from(one.with(upto_tracing::layer()), || {
        let mine = info_span!("mine").entered();
        let theirs = dispatcher::with_default(&other, || info_span!("theirs"));
        assert_eq!(mine.id().unwrap().into_u64(), theirs.id().unwrap().into_u64());
        theirs.in_scope(|| drop(info_span!("inner")));
        drop(mine);
        theirs.in_scope(|| drop(info_span!("last")));
    });
    assert_eq!(seen.paths(), ["mine", "mine.theirs", "mine.theirs.inner", "mine.theirs.last"]);
    assert_all_ended(&seen, 4);
}
