//! Processes that fork.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Instant;

use upto::{Client, Event, Guard};

use super::{DEADLINE, Receiver, run_child, turn};

#[upto::event(name = "called")]
fn called() {}

/// What the child of the fork does, with what it has inherited.
fn child(guard: Guard, outer: Event, receiver: &str) {
    assert_eq!(Client::stats(), None);
    called();
    upto::event("quiet").end();
    let began = Instant::now();
    drop(guard);
    assert!(began.elapsed() < DEADLINE / 2, "it waited");
    let builder = Client::builder().server(receiver).expect("an address").flush_deadline(DEADLINE);
    // Less than what the parent's queues take.
    let own = builder.context("child").total_bytes(20 << 10).thread_bytes(20 << 10).init().expect("a client");
    called();
    outer.attr("by", "child");
    outer.end();
    upto::event("heard").end();
    assert_eq!(Client::stats().map(|stats| stats.dropped_queue_full), Some(0));
    drop(own);
}

/// Threads that have queues, and wait.
struct Others(Vec<(Sender<()>, JoinHandle<()>)>);

impl Others {
    fn start() -> Self {
        let (started, all) = channel();
        let start = |_| {
            let (ends, end) = channel();
            let started = started.clone();
            let wait = move || {
                called();
                started.send(()).expect("it is waited for");
                end.recv().expect("an end");
            };
            (ends, spawn(wait))
        };
        let others: Vec<_> = (0..8).map(start).collect();
        all.iter().take(others.len()).for_each(drop);
        Others(others)
    }

    fn end(self) {
        for (ends, thread) in self.0 {
            ends.send(()).expect("it waits");
            thread.join().expect("no panic");
        }
    }
}

/// Run by the test below, as a process of its own.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_that_forks() {
    if !super::is_child() {
        return;
    }
    let server = std::env::var("UPTO_SERVER").expect("a server");
    let builder = Client::builder().server(&server).expect("an address").flush_deadline(DEADLINE);
    let guard = builder.context("parent").init().expect("a client");
    let others = Others::start();
    let outer = upto::event("outer");
    called();
    assert!(guard.flush(DEADLINE));
    // SAFETY: the child calls nothing that other threads may have locked but the allocator, which survives a fork.
    match unsafe { libc::fork() } {
        -1 => panic!("no process"),
        0 => {
            // SAFETY: asks for a signal that ends this process, should it wait for ever.
            unsafe { libc::alarm(60) };
            let done = catch_unwind(AssertUnwindSafe(|| child(guard, outer, &server)));
            // SAFETY: ends this process without what the parent has registered.
            unsafe { libc::_exit(i32::from(done.is_err())) }
        }
        process => {
            let mut status = 0;
            // SAFETY: `status` is ours.
            assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
            assert_eq!(status, 0);
            others.end();
            upto::event("after").end();
            outer.end();
            drop(guard);
        }
    }
}

#[test]
fn a_child_is_quiet_until_it_has_a_client_and_the_parent_goes_on() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let output = run_child("forked::child_that_forks", &receiver);
    assert!(output.status.success(), "{output:?}");
    let mut names = std::collections::BTreeMap::<u64, Vec<String>>::new();
    let mut open = 2;
    while open > 0 {
        let (session, _, messages) = receiver.packet();
        let heard = messages.into_iter().map(|message| message.name).filter(|name| name != "called");
        names.entry(session.session).or_default().extend(heard);
        open -= usize::from(session.packets.is_some());
    }
    let mut names: Vec<_> = names.into_values().collect();
    names.sort();
    let parent = ["outer", "outer.called", "outer.called", "outer.after", "outer.after", "outer"];
    let child = ["outer.called", "outer.called", "heard", "heard"];
    assert_eq!(names, [parent.as_slice(), &child], "{names:?}");
}
