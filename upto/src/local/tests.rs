//! From a thread's events to what its flusher tells, with nothing between: all of the unsafe code, for Miri too.

use super::{LocalEvent, has_frames};
use crate::path::CallSite;
use crate::testing::capture_all;
use crate::wire::Kind;
use crate::{Event, Scope, Value};

static OUTER: CallSite = CallSite::new("local test outer", &[]);
static INNER: CallSite = CallSite::new("local test inner", &["n"]);

/// One of everything that is recorded.
fn work(name: &str) {
    let _outer = LocalEvent::start(&OUTER);
    for number in 0..3_i64 {
        let _inner = LocalEvent::start_with(&INNER, &[Value::Int(number)]);
    }
    let _text = LocalEvent::start_with(&INNER, &[Value::Text("a text".into())]);
    let made = Event::builder(name.to_owned()).attr("key", "value").start();
    made.attr("late", 2.5);
    crate::point("at").attr("n", 1);
    made.end();
}

/// Messages that [`work`] sends.
const MESSAGES: usize = 2 + 6 + 2 + 2 + 1;

#[test]
fn what_threads_do_is_told() {
    let capture = capture_all();
    // Others may capture at the same time.
    let is_ours = |path: &str| path.starts_with("local test outer");
    let threads: Vec<_> =
        (0..3).map(|number| std::thread::spawn(move || work(&format!("made {number}")))).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    let marks = capture.marks();
    let told = marks.iter().filter(|mark| is_ours(&mark.path));
    let of_kind = |kind: Kind| told.clone().filter(|mark| mark.kind == kind).count();
    assert_eq!(told.clone().count(), 3 * MESSAGES);
    assert_eq!((of_kind(Kind::Start), of_kind(Kind::End), of_kind(Kind::Point)), (18, 18, 3));
    assert_eq!(capture.missed(), 0);
}

#[test]
fn a_guard_that_ends_on_another_thread_is_taken_off_here() {
    let _capture = capture_all();
    let outer = LocalEvent::start(&OUTER);
    let moved = crate::event("moved");
    assert_eq!(Scope::current().map(|scope| scope.path()).as_deref(), Some("local test outer.moved"));
    std::thread::spawn(move || moved.end()).join().expect("no panic");
    assert_eq!(Scope::current().map(|scope| scope.path()).as_deref(), Some("local test outer"));
    drop(outer);
    assert!(Scope::current().is_none() && !has_frames());
}
