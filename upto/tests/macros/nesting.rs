//! Which event is part of which: by calls, across `.await`, threads and tasks.

use std::pin::pin;
use std::thread;

use tokio::task::yield_now;
use upto::{InstrumentExt, Scope};

use crate::polling::{finish, pause, poll};
use crate::sent::{find, sent_by};

#[upto::event(name = "leaf", skip_all)]
fn leaf(_number: u32) {}

#[upto::event(name = "branch")]
fn branch(depth: u32) {
    leaf(depth);
    if depth > 0 {
        branch(depth - 1);
    }
}

#[upto::event(name = "awaits")]
async fn awaits() {
    pause().await;
    leaf(1);
    steps().await;
}

#[upto::event(name = "steps")]
async fn steps() {
    let _guard = upto::event("held");
    pause().await;
    leaf(2);
}

fn current() -> Option<String> {
    Scope::current().map(|scope| scope.path())
}

#[test]
fn calls_nest_and_end_from_the_inside_out() {
    let events = sent_by(|| branch(2));
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    let expected = [
        "branch",
        "branch.leaf",
        "branch.branch",
        "branch.branch.leaf",
        "branch.branch.branch",
        "branch.branch.branch.leaf",
    ];
    assert_eq!(names, expected);
    assert!(events[1..].iter().all(|event| events[0].spans(event)), "{events:#?}");
}

#[test]
fn an_event_of_a_future_is_current_only_while_it_is_polled() {
    let events = sent_by(|| {
        let outer = upto::event("outer");
        let mut future = pin!(awaits());
        while poll(future.as_mut()).is_pending() {
            assert_eq!(current().as_deref(), Some("outer"));
        }
        outer.end();
        assert_eq!(current(), None);
    });
    for name in ["outer.awaits", "outer.awaits.leaf", "outer.awaits.steps", "outer.awaits.steps.held.leaf"] {
        assert!(find(&events, "outer").spans(find(&events, name)), "{events:#?}");
    }
}

#[test]
fn a_future_takes_its_events_along_to_other_threads() {
    let events = sent_by(|| {
        let mut future = Box::pin(awaits());
        loop {
            let polled = thread::spawn(move || {
                let is_pending = poll(future.as_mut()).is_pending();
                assert_eq!(current(), None);
                is_pending.then_some(future)
            });
            let Ok(Some(moved)) = polled.join() else {
                break;
            };
            future = moved;
        }
    });
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        ["awaits", "awaits.leaf", "awaits.steps", "awaits.steps.held", "awaits.steps.held.leaf"]
    );
    assert!(events.iter().all(|event| event.end.is_some()), "{events:#?}");
}

#[test]
fn futures_that_take_turns_do_not_mix() {
    #[upto::event(name = format!("job{number}"), skip_all)]
    async fn job(number: u32) {
        for _ in 0..3 {
            pause().await;
            steps().await;
        }
    }
    let events = sent_by(|| {
        let mut jobs: Vec<_> = (0..4).map(|number| Box::pin(job(number))).collect();
        while !jobs.is_empty() {
            jobs.retain_mut(|job| poll(job.as_mut()).is_pending());
            assert_eq!(current(), None);
        }
    });
    for number in 0..4 {
        let (job, leaf) = (format!("job{number}"), format!("job{number}.steps.held.leaf"));
        assert_eq!(events.iter().filter(|event| event.name == leaf).count(), 3, "{events:#?}");
        let inside = format!("{job}.");
        let nested = || events.iter().filter(|event| event.name.starts_with(&inside));
        assert_eq!(nested().count(), 9, "{events:#?}");
        assert!(nested().all(|event| find(&events, &job).spans(event)), "{events:#?}");
    }
}

#[test]
fn tasks_of_a_runtime_with_many_threads_do_not_mix_either() {
    #[upto::event(name = format!("task{number}"), skip_all)]
    async fn task(number: u32) {
        for _ in 0..20 {
            yield_now().await;
            leaf(number);
            tokio::spawn(leaf_later().in_current_event()).await.unwrap();
        }
    }
    #[upto::event(name = "later")]
    async fn leaf_later() {
        yield_now().await;
        leaf(0);
    }
    let events = sent_by(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
        runtime.block_on(async {
            let tasks: Vec<_> = (0..8).map(|number| tokio::spawn(task(number))).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    assert_eq!(events.len(), 8 * (1 + 20 * 3), "{events:#?}");
    for number in 0..8 {
        let count = |name: &str| {
            let name = format!("task{number}{name}");
            events.iter().filter(|event| event.name == name && event.end.is_some()).count()
        };
        assert_eq!([count(""), count(".leaf"), count(".later"), count(".later.leaf")], [1, 20, 20, 20]);
    }
}

#[test]
fn a_plain_function_that_waits_for_a_future_is_its_parent() {
    #[upto::event(name = "blocks")]
    fn blocks() {
        finish(steps());
        leaf(3);
    }
    let events = sent_by(blocks);
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        ["blocks", "blocks.steps", "blocks.steps.held", "blocks.steps.held.leaf", "blocks.leaf"]
    );
}

#[test]
fn what_is_nested_in_an_event_that_is_refused_belongs_to_the_one_around_it() {
    #[upto::event(name = "x".repeat(20_000))]
    async fn refused() {
        pause().await;
        leaf(1);
    }
    let events = sent_by(|| {
        let _outer = upto::event("outer");
        finish(refused());
    });
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["outer", "outer.leaf"]);
}

#[test]
fn guards_of_plain_futures_are_their_own_where_no_event_is_current() {
    async fn task(outer: &'static str) {
        let _outer = upto::event(outer);
        yield_now().await;
        let _inner = upto::event("inner");
        yield_now().await;
    }
    let events = sent_by(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let tasks = ["a", "b"].map(|outer| tokio::spawn(task(outer).in_current_event()));
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert!(Scope::current().is_none());
    });
    let mut names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "a.inner", "b", "b.inner"]);
}
