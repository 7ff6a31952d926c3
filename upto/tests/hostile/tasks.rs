//! Futures that move, are dropped in the middle, lose a race, and run in runtimes within runtimes.

use std::collections::HashMap;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, yield_now};
use upto::InstrumentExt as _;
use upto::wire::{Kind, Status};

use super::{Received, Receiver, turn};

#[upto::event(name = "step")]
async fn step(number: u32) {
    yield_now().await;
    let _guard = upto::event("held");
    yield_now().await;
    leaf(number);
}

#[upto::event(name = "leaf")]
fn leaf(number: u32) -> u32 {
    number
}

/// Never done.
#[upto::event(name = "endless")]
async fn endless() {
    let _guard = upto::event("held");
    std::future::pending::<()>().await;
}

fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).build().expect("a runtime")
}

/// What is sent while `run` does something, all of which has ended by then.
fn sent(run: impl FnOnce()) -> Vec<Received> {
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    run();
    drop(guard);
    receiver.session().1
}

/// How often each name has ended so.
fn ends(messages: &[Received], status: Status) -> HashMap<&str, usize> {
    let mut ends = HashMap::new();
    for end in messages.iter().filter(|message| message.kind == Kind::End && message.status == status) {
        *ends.entry(end.name.as_str()).or_default() += 1;
    }
    ends
}

#[test]
fn tasks_that_move_between_threads_keep_what_they_are_in() {
    const TASKS: u32 = 40;
    let _turn = turn();
    let messages = sent(|| {
        runtime(4).block_on(async {
            let mut tasks = JoinSet::new();
            let _main = upto::event("main");
            for number in 0..TASKS {
                tasks.spawn(
                    async move {
                        let _task = upto::event("task");
                        step(number).await;
                        leaf(number);
                    }
                    .in_current_event(),
                );
            }
            while let Some(done) = tasks.join_next().await {
                done.expect("no panic");
            }
        });
    });
    let ends = ends(&messages, Status::Ok);
    for name in
        ["main.task", "main.task.step", "main.task.step.held", "main.task.step.held.leaf", "main.task.leaf"]
    {
        assert_eq!(ends.get(name), Some(&(TASKS as usize)), "{name} in {ends:?}");
    }
    assert_eq!((ends.get("main"), ends.len()), (Some(&1), 6), "{ends:?}");
}

#[test]
fn what_is_dropped_in_the_middle_is_cancelled_and_leaves_nothing_current() {
    let _turn = turn();
    let messages = sent(|| {
        runtime(2).block_on(async {
            let task = tokio::spawn(endless());
            yield_now().await;
            task.abort();
            assert!(task.await.is_err_and(|error| error.is_cancelled()));
            leaf(1);
        });
        // Here, the runtime drops what never was done.
        runtime(2).block_on(async {
            tokio::spawn(endless());
            yield_now().await;
        });
        assert!(upto::Scope::current().is_none());
    });
    // A task may be given up before it was ever polled: then there is no event.
    let started =
        messages.iter().filter(|message| message.kind == Kind::Start && message.name == "endless").count();
    assert_eq!(ends(&messages, Status::Cancelled).get("endless").copied().unwrap_or(0), started);
    assert_eq!(ends(&messages, Status::Ok).get("leaf"), Some(&1));
}

#[test]
fn who_loses_a_select_is_cancelled() {
    let _turn = turn();
    let messages = sent(|| {
        runtime(2).block_on(async {
            for _ in 0..10 {
                tokio::select! {
                    biased;
                    () = endless() => unreachable!("it never ends"),
                    () = step(1) => {}
                }
            }
            assert!(upto::Scope::current().is_none());
        });
    });
    let (cancelled, done) = (ends(&messages, Status::Cancelled), ends(&messages, Status::Ok));
    assert_eq!(cancelled, HashMap::from([("endless", 10)]));
    let expected = [("endless.held", 10), ("step", 10), ("step.held", 10), ("step.held.leaf", 10)];
    assert_eq!(done, HashMap::from(expected));
}

#[test]
fn runtimes_within_runtimes_nest_what_they_run() {
    let _turn = turn();
    let messages = sent(|| {
        runtime(2).block_on(async {
            let outer = upto::event("outer");
            let scope = outer.scope().expect("a client").clone();
            let inner = tokio::task::spawn_blocking(move || {
                scope.enter();
                let runtime = Builder::new_current_thread().build().expect("a runtime");
                runtime.block_on(async {
                    let local = upto::event("inner");
                    tokio::join!(step(1), step(2));
                    drop(local);
                });
                scope.exit();
                leaf(3);
            });
            inner.await.expect("no panic");
            outer.end();
        });
    });
    let ends = ends(&messages, Status::Ok);
    let expected = [
        ("outer", 1),
        ("outer.inner", 1),
        ("outer.inner.step", 2),
        ("outer.inner.step.held", 2),
        ("outer.inner.step.held.leaf", 2),
        ("leaf", 1),
    ];
    assert_eq!(ends, HashMap::from(expected));
}
