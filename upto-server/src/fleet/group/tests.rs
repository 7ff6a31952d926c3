use std::sync::Arc;
use std::time::Duration;

use super::super::answer::Answer;
use super::super::task;
use super::*;
use crate::clock::ManualClock;
use crate::store::{MemoryStore, Queue};

fn wanted(tasks: &[(&str, &[&str])]) -> BTreeMap<String, Wanted> {
    let task = |after: &[&str]| Wanted {
        check: "ready".into(),
        after: after.iter().map(ToString::to_string).collect(),
    };
    tasks.iter().map(|(name, after)| ((*name).to_owned(), task(after))).collect()
}

fn group(tasks: &[(&str, &[&str])]) -> Group {
    Group::new("g", &wanted(tasks), 5).expect("a group")
}

fn answered(group: &Group, name: &str, value: f64) -> Outcome {
    let answers = vec![HostAnswer { host: "h".into(), answer: Answer::Ok(value), time: 9 }];
    Outcome::of(&group.task(name), 1, "w", 9, Ending::Answered(answers))
}

fn names(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().filter_map(|task| Some(task.part.as_ref()?.name.as_str())).collect()
}

#[test]
fn a_task_is_queued_when_all_that_it_waits_for_have_ended() {
    let mut group = group(&[("a", &[]), ("b", &[]), ("c", &["a", "b"]), ("d", &["c"])]);
    assert_eq!(names(&group.queued()), ["a", "b"]);
    let (a, b, c) = (answered(&group, "a", 1.0), answered(&group, "b", 2.0), answered(&group, "c", 3.0));
    assert_eq!(group.end("a", a), Consequences::default());
    assert_eq!(names(&group.end("b", b).tasks), ["c"]);
    assert_eq!(names(&group.end("c", c).tasks), ["d"]);
    assert!(!group.is_complete());
    let d = answered(&group, "d", 4.0);
    assert_eq!(group.end("d", d), Consequences::default());
    assert!(group.is_complete());
    let values: Vec<_> = group.answers().into_iter().filter_map(|answer| answer.answer.value()).collect();
    assert_eq!(values, [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn an_end_that_is_told_again_stays_as_it_was_and_what_followed_is_told_again() {
    let mut group = group(&[("a", &[]), ("b", &["a"])]);
    let [first, second] = [1.0, 2.0].map(|value| answered(&group, "a", value));
    assert_eq!(names(&group.end("a", first.clone()).tasks), ["b"]);
    assert_eq!(names(&group.end("a", second).tasks), ["b"]);
    assert_eq!(group.parts["a"].state, State::Ended(first));
}

#[test]
fn what_waits_for_something_that_was_not_done_is_not_done_either() {
    let mut group = group(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &[])]);
    let dropped = Outcome::of(&group.task("a"), 0, "", 9, Ending::Dropped);
    let refused = group.end("a", dropped).refused;
    assert_eq!(refused.iter().map(|outcome| outcome.id.as_str()).collect::<Vec<_>>(), ["g/b", "g/c"]);
    assert!(!group.is_complete(), "the other one is still to be done");
}

#[tokio::test]
async fn what_follows_is_queued_before_the_task_is_acknowledged() {
    let store = MemoryStore::new(Arc::new(ManualClock::new(0)));
    let group = create(&store, group(&[("a", &[]), ("b", &["a"])])).await.expect("made");
    queue(&store, &group.queued()).await.expect("queued");
    let queue = task::queue("ready");
    let claim = store.claim(&queue, 9, Duration::MAX).await.expect("claimed").remove(0);
    // The worker is killed before it acknowledges, and another one does all of it again.
    for _ in 0..2 {
        note(&store, &[answered(&group, "a", 1.0)]).await.expect("noted");
    }
    assert!(store.acknowledge(&queue, &claim).await.expect("acknowledged"));
    let next = store.claim(&queue, 9, Duration::MAX).await.expect("claimed");
    let next: Vec<_> =
        next.iter().map(|claim| Task::decode(&claim.payload, "ready").expect("a task")).collect();
    assert_eq!(names(&next), ["b", "b"], "the second is known by its id");
    note(&store, &[answered(&group, "b", 2.0)]).await.expect("noted");
    assert!(get(&store, "g").await.expect("read").expect("a group").is_complete());
}

#[tokio::test]
async fn a_group_is_made_once() {
    let store = MemoryStore::new(Arc::new(ManualClock::new(0)));
    let first = create(&store, group(&[("a", &[])])).await.expect("made");
    let other = Group::new("g", &wanted(&[("z", &[])]), 6).expect("a group");
    let there = create(&store, other).await.expect("there");
    assert_eq!(there, first);
    assert!(there.is_of(&wanted(&[("a", &[])])) && !there.is_of(&wanted(&[("z", &[])])));
    sweep(&store, 6).await.expect("swept");
    assert_eq!(get(&store, "g").await.expect("read"), None);
}

#[tokio::test]
async fn tasks_that_end_together_are_noted_together() {
    let store = MemoryStore::new(Arc::new(ManualClock::new(0)));
    let group = create(&store, group(&[("a", &[]), ("b", &[]), ("c", &["a", "b"])])).await.expect("made");
    note(&store, &[answered(&group, "a", 1.0), answered(&group, "b", 2.0)]).await.expect("noted");
    let next = store.claim(&task::queue("ready"), 9, Duration::MAX).await.expect("claimed");
    assert_eq!(next.len(), 1, "the one that waited for both");
}
