//! Forks while another thread holds a lock: in the child, nobody ever gives it back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::client::alone::in_own_process;
use crate::span::{Beginning, Parent, Site, Spans};
use crate::{Client, Guard, current, span, testing};

/// Seconds after which the system ends a child that waits for ever, and the test fails.
const ALARM: libc::c_uint = 20;

/// A client that sends to nobody.
fn client() -> Guard {
    let builder = Client::builder().server("127.0.0.1:9").expect("an address").context("test");
    builder.flush_deadline(Duration::from_secs(u64::from(ALARM))).init().expect("a client")
}

/// Uses everything that there are locks for.
fn use_all() {
    let (spans, guard) = (Spans::with_given_ids(), client());
    let site: &'static Site = Site::leak("span", &[], &());
    for id in 1..=40 {
        // A name that is made at run time: it has no slot.
        let named = Beginning { name: Some(format!("span {id}")), ..Beginning::default() };
        spans.start_with(id, site, Parent::Current, named);
        spans.change(id, |late| late.fail("late"));
        spans.follow(id, id - 1);
        spans.end(id);
    }
    let scope = crate::event("outer").scope().expect("it is sent").clone();
    scope.enter();
    let held = crate::event("held");
    scope.exit();
    scope.enter();
    scope.exit();
    held.end();
    let capture = testing::capture();
    crate::point("point");
    let _ = (capture.events(), capture.missed());
    drop((capture, guard));
}

/// Forks, and has the child use everything. True if it could.
fn fork() -> bool {
    // SAFETY: the child calls nothing that other threads may have locked but what is to be tested, and the allocator,
    // which survives a fork.
    match unsafe { libc::fork() } {
        -1 => panic!("no process"),
        0 => {
            // SAFETY: asks for a signal that ends this process.
            unsafe { libc::alarm(ALARM) };
            let done = catch_unwind(AssertUnwindSafe(use_all));
            // SAFETY: ends this process without what the parent has registered.
            unsafe { libc::_exit(i32::from(done.is_err())) }
        }
        process => {
            let mut status = 0;
            // SAFETY: `status` is ours.
            assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
            status == 0
        }
    }
}

/// Forks while another thread is in `while_locked`.
fn fork_while(while_locked: fn(&mut dyn FnMut())) -> bool {
    let ((held, is_held), (release, is_released)) = (channel(), channel());
    thread::scope(|scope| {
        scope.spawn(move || {
            while_locked(&mut || {
                held.send(()).expect("it is waited for");
                is_released.recv().expect("it is released");
            });
        });
        is_held.recv().expect("the lock");
        let is_done = fork();
        release.send(()).expect("it waits");
        is_done
    })
}

#[test]
fn no_lock_that_another_thread_held_keeps_the_child_waiting() {
    let name = "client::fork::tests::no_lock_that_another_thread_held_keeps_the_child_waiting";
    in_own_process(name, || {
        let guard = client();
        let [overflow, late, closed, domains] = span::WHILE_LOCKED;
        for (name, while_locked) in [
            ("no lock at all", (|work: &mut dyn FnMut()| work()) as fn(&mut dyn FnMut())),
            ("spans without a slot", overflow),
            ("what is said of spans", late),
            ("spans that have closed", closed),
            ("subscribers that there are", domains),
            ("what scopes were left with", current::while_left_is_locked),
            ("who captures", testing::while_clients_are_locked),
            ("captures", testing::while_captures_are_locked),
        ] {
            assert!(fork_while(while_locked), "{name}");
        }
        drop(guard);
    });
}
