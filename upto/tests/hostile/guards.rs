//! Guards that are forgotten, dropped in any order, on any thread, by panics, and after their client.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use upto::wire::{Kind, Status};
use upto::{Client, Event, Scope, Value};

use super::{Receiver, run_child, turn};

#[upto::event(name = "called")]
fn called() {}

fn current() -> Option<String> {
    Scope::current().map(|scope| scope.path())
}

#[test]
fn a_guard_that_is_forgotten_stays_open_and_hurts_nobody() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let forgets = std::thread::spawn(|| {
        std::mem::forget(upto::event("forgotten"));
        called();
        current()
    });
    assert_eq!(forgets.join().expect("no panic").as_deref(), Some("forgotten"));
    called();
    drop(guard);
    let (_, messages) = receiver.session();
    let names: Vec<_> = messages.iter().map(|message| (message.kind, message.name.as_str())).collect();
    assert_eq!(
        names,
        [
            (Kind::Start, "forgotten"),
            (Kind::Start, "forgotten.called"),
            (Kind::End, "forgotten.called"),
            (Kind::Start, "called"),
            (Kind::End, "called")
        ]
    );
}

#[test]
fn guards_that_end_on_other_threads_in_any_order_leave_nothing_open() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let mut guards: Vec<_> = (0..30).map(|_| upto::event("g")).collect();
    std::thread::scope(|scope| {
        for part in [2, 3, 1] {
            let rest = guards.split_off(guards.len() - guards.len() / part);
            scope.spawn(move || {
                rest.into_iter().for_each(drop);
                called();
            });
        }
    });
    assert_eq!((guards.len(), current()), (0, None));
    called();
    drop(guard);
    let (_, messages) = receiver.session();
    assert_eq!(messages.len(), 2 * 30 + 2 * 4);
    assert!(messages.iter().rev().take(2).all(|message| message.name == "called"));
}

#[test]
fn events_that_outlast_their_client_are_not_the_next_one_s() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let (outlasts, elsewhere) = (upto::event("outlasts"), upto::event("elsewhere"));
    drop(guard);
    called();
    assert_eq!(Client::stats(), None);
    let ends = std::thread::spawn(move || elsewhere.end());
    ends.join().expect("no panic");
    let guard = receiver.builder().init().expect("a client");
    outlasts.end();
    upto::event("new").end();
    drop(guard);
    let names =
        |messages: Vec<super::Received>| messages.into_iter().map(|message| message.name).collect::<Vec<_>>();
    assert_eq!(names(receiver.session().1), ["outlasts", "outlasts.elsewhere"]);
    assert_eq!(names(receiver.session().1), ["new", "new"]);
}

#[test]
fn nothing_is_linked_to_an_earlier_client_s_events() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let event = upto::event("earlier");
    let earlier = Scope::current().expect("an event");
    drop((event, guard));
    let guard = receiver.builder().init().expect("a client");
    let cause = upto::event("cause");
    let known = cause.scope().expect("a client").clone();
    Event::builder("linked").root().follows(&earlier).follows(&known).start().end();
    Event::builder("not linked").root().follows(&earlier).start().end();
    drop((cause, guard));
    assert_eq!(receiver.session().1.len(), 2);
    let (_, messages) = receiver.session();
    let start = |name: &str| {
        let starts = messages.iter().filter(|message| message.kind == Kind::Start);
        starts.clone().find(|message| message.name == name).expect("it was sent")
    };
    let id = start("cause").id.to_string();
    assert_eq!(start("linked").attributes.get("follows"), Some(&Value::from(id)));
    assert!(start("not linked").attributes.is_empty());
}

/// Panics in the middle of its destructor, in which it is caught, while another panic unwinds.
struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _event = upto::event("in destructor");
            called();
            resume_unwind(Box::new("inner"));
        }));
        assert!(caught.is_err());
    }
}

#[test]
fn panics_within_panics_end_what_they_unwind() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    #[upto::event(name = "works")]
    fn works() {
        let _guard = upto::event("guard");
        let _panics = PanicsInDrop;
        resume_unwind(Box::new("outer"));
    }
    assert!(catch_unwind(works).is_err());
    assert_eq!(current(), None);
    called();
    drop(guard);
    let (_, messages) = receiver.session();
    let ends: Vec<_> = messages.iter().filter(|message| message.kind == Kind::End).collect();
    let failed: Vec<_> =
        ends.iter().filter(|end| end.status == Status::Failed).map(|end| &end.name).collect();
    assert_eq!(failed, ["works.guard", "works"]);
    let names: Vec<_> = ends.iter().map(|end| end.name.as_str()).collect();
    assert_eq!(
        names,
        ["works.guard.in destructor.called", "works.guard.in destructor", "works.guard", "works", "called"]
    );
}

/// Run by the test below, as a process of its own.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_that_panics_while_panicking() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            let _event = upto::event("last");
            called();
            resume_unwind(Box::new("inner"));
        }
    }
    if super::is_child() {
        let _guard = upto::init().expect("a client");
        let _event = upto::event("work");
        let _panics = Panics;
        resume_unwind(Box::new("outer"));
    }
}

#[cfg(unix)]
#[test]
fn a_panic_while_panicking_ends_the_process_as_it_does_without_events() {
    use std::os::unix::process::ExitStatusExt as _;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let output = run_child("guards::child_that_panics_while_panicking", &receiver);
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
}
