//! Events where threads and processes end.

use std::cell::RefCell;
#[cfg(unix)]
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(unix)]
use upto::Guard;
use upto::{Client, Event};

#[cfg(unix)]
use super::run_child;
use super::{Receiver, turn};

#[upto::event(name = "called")]
fn called(number: u32) -> u32 {
    number
}

/// Does what it may when its thread ends.
struct Last(&'static str);

impl Drop for Last {
    fn drop(&mut self) {
        let _event = upto::event(self.0);
        called(1);
        Event::builder(format!("made {}", self.0)).start().attr("key", "value");
    }
}

thread_local! {
    static FIRST: Last = const { Last("first") };
    static SECOND: Last = const { Last("second") };
    static KEPT: RefCell<Option<Event>> = const { RefCell::new(None) };
}

/// Messages that the end of one [`Last`] sends.
const MESSAGES: usize = 6;

fn names_of(run: impl FnOnce() + Send + 'static) -> Vec<String> {
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    std::thread::spawn(run).join().expect("no panic");
    drop(guard);
    receiver.session().1.into_iter().map(|message| message.name).collect()
}

#[test]
fn destructors_that_run_before_and_after_ours_are_heard() {
    let _turn = turn();
    let names = names_of(|| {
        // One is registered before what the SDK has for this thread, the other one after.
        FIRST.with(|_| ());
        upto::event("between").end();
        SECOND.with(|_| ());
    });
    assert_eq!(names.len(), 2 + 2 * MESSAGES, "{names:?}");
    for name in ["first.called", "second.called", "first.made first", "second.made second", "between"] {
        assert_eq!(names.iter().filter(|other| *other == name).count(), 2, "{name} in {names:?}");
    }
}

#[test]
fn a_thread_whose_first_event_is_in_a_destructor_is_heard() {
    let _turn = turn();
    let names = names_of(|| FIRST.with(|_| ()));
    assert_eq!(names.len(), MESSAGES, "{names:?}");
}

#[test]
fn guards_that_destructors_drop_end() {
    let _turn = turn();
    for is_registered_first in [true, false] {
        let names = names_of(move || {
            if is_registered_first {
                KEPT.with(|_| ());
            }
            let event = upto::event("kept");
            called(2);
            KEPT.with(|kept| kept.replace(Some(event)));
        });
        assert_eq!(names, ["kept", "kept.called", "kept.called", "kept"]);
    }
}

#[cfg(unix)]
static GUARD: Mutex<Option<Guard>> = Mutex::new(None);

#[cfg(unix)]
extern "C" fn at_exit() {
    called(3);
    upto::event("at exit").end();
    drop(GUARD.lock().map(|mut guard| guard.take()));
    called(4);
}

/// Run by the test below, as a process of its own.
#[cfg(unix)]
#[test]
#[ignore = "a process of its own for other tests"]
fn child_that_exits() {
    if !super::is_child() {
        return;
    }
    *GUARD.lock().expect("no panic") = Some(upto::init().expect("a client"));
    FIRST.with(|_| ());
    upto::event("before").end();
    // SAFETY: the handler may be called at any time from now on, and unwinds never.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    std::process::exit(0);
}

#[cfg(unix)]
#[test]
fn handlers_of_the_process_s_exit_are_heard() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let output = run_child("departure::child_that_exits", &receiver);
    assert!(output.status.success(), "{output:?}");
    let names: Vec<_> = receiver.session().1.into_iter().map(|message| message.name).collect();
    let is_there = |name: &str| names.iter().filter(|other| *other == name).count() == 2;
    assert!(["before", "called", "at exit"].into_iter().all(is_there), "{names:?}");
}

#[test]
fn the_client_may_end_on_another_thread_while_events_go_on() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    for _ in 0..10 {
        let guard = receiver.builder().init().expect("a client");
        let (is_over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        let event = upto::event("e");
                        called(5);
                        event.attr("key", "value");
                        rounds.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let until = |count: usize| {
                let first = rounds.load(Ordering::Relaxed);
                while rounds.load(Ordering::Relaxed) - first < count {
                    std::thread::yield_now();
                }
            };
            until(200);
            scope.spawn(|| drop(guard)).join().expect("no panic");
            assert_eq!(Client::stats(), None);
            until(200);
            is_over.store(true, Ordering::Relaxed);
        });
    }
}
