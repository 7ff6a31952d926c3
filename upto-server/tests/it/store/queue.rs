//! What a queue has to do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use upto_server::store::{Claim, Store};

use super::backend::{HOSTILE_NAMES, Subject};

const HOLD: Duration = Duration::from_secs(30);

async fn push(store: &Arc<dyn Store>, queue: &str, payload: &str) -> u64 {
    store.push(queue, payload.into()).await.expect("a push")
}

async fn claim(store: &Arc<dyn Store>, queue: &str, limit: usize) -> Vec<Claim> {
    store.claim(queue, limit, HOLD).await.expect("a claim")
}

/// Claims the only task there is.
async fn claim_one(store: &Arc<dyn Store>, queue: &str) -> Claim {
    let mut claims = claim(store, queue, usize::MAX).await;
    assert_eq!(claims.len(), 1, "{claims:?}");
    claims.remove(0)
}

async fn acknowledge(store: &Arc<dyn Store>, queue: &str, claim: &Claim) -> bool {
    store.acknowledge(queue, claim).await.expect("an acknowledgement")
}

async fn reclaim(store: &Arc<dyn Store>, queue: &str) -> usize {
    store.reclaim(queue).await.expect("a reclaim")
}

fn payloads(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| str::from_utf8(&claim.payload).expect("text was pushed")).collect()
}

pub(super) async fn an_unknown_queue_is_empty(Subject { store, .. }: Subject) {
    assert_eq!(claim(&store, "unheard of", 10).await, []);
    assert_eq!(reclaim(&store, "unheard of").await, 0);
}

pub(super) async fn tasks_are_claimed_in_the_order_of_pushing(Subject { store, .. }: Subject) {
    for payload in ["one", "two", ""] {
        push(&store, "q", payload).await;
    }
    assert_eq!(payloads(&claim(&store, "q", 10).await), ["one", "two", ""]);
}

pub(super) async fn task_numbers_grow(Subject { store, .. }: Subject) {
    let (first, second) = (push(&store, "q", "one").await, push(&store, "q", "two").await);
    assert!(first < second);
    let tasks: Vec<_> = claim(&store, "q", 10).await.iter().map(|claim| claim.task).collect();
    assert_eq!(tasks, [first, second]);
}

pub(super) async fn a_claimed_task_is_not_claimed_again(Subject { store, .. }: Subject) {
    push(&store, "q", "one").await;
    claim_one(&store, "q").await;
    assert_eq!(claim(&store, "q", 10).await, []);
    push(&store, "q", "two").await;
    assert_eq!(payloads(&claim(&store, "q", 10).await), ["two"]);
}

pub(super) async fn a_limit_leaves_the_rest(Subject { store, .. }: Subject) {
    for payload in ["one", "two", "three"] {
        push(&store, "q", payload).await;
    }
    assert_eq!(payloads(&claim(&store, "q", 2).await), ["one", "two"]);
    assert_eq!(payloads(&claim(&store, "q", 2).await), ["three"]);
}

pub(super) async fn a_limit_of_nothing_claims_nothing(Subject { store, .. }: Subject) {
    push(&store, "q", "one").await;
    assert_eq!(claim(&store, "q", 0).await, []);
    assert_eq!(claim_one(&store, "q").await.attempt, 1);
}

pub(super) async fn an_acknowledged_task_never_comes_back(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    let claimed = claim_one(&store, "q").await;
    assert!(acknowledge(&store, "q", &claimed).await);
    clock.advance(HOLD * 10);
    assert_eq!(reclaim(&store, "q").await, 0);
    assert_eq!(claim(&store, "q", 10).await, []);
}

pub(super) async fn acknowledging_twice_is_void(Subject { store, .. }: Subject) {
    push(&store, "q", "one").await;
    let claimed = claim_one(&store, "q").await;
    assert!(acknowledge(&store, "q", &claimed).await);
    assert!(!acknowledge(&store, "q", &claimed).await);
}

pub(super) async fn acknowledging_an_unknown_task_is_void(Subject { store, .. }: Subject) {
    let task = push(&store, "q", "one").await;
    let made_up = Claim { task: task + 1000, attempt: 1, payload: Vec::new() };
    assert!(!acknowledge(&store, "q", &made_up).await);
    let unclaimed = Claim { task, attempt: 0, payload: b"one".to_vec() };
    assert!(!acknowledge(&store, "q", &unclaimed).await);
    assert_eq!(payloads(&[claim_one(&store, "q").await]), ["one"]);
}

pub(super) async fn a_claim_that_ran_out_waits_for_the_reclaim(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    claim_one(&store, "q").await;
    clock.advance(HOLD);
    assert_eq!(claim(&store, "q", 10).await, []);
    assert_eq!(reclaim(&store, "q").await, 1);
    assert_eq!(payloads(&[claim_one(&store, "q").await]), ["one"]);
}

pub(super) async fn a_claim_is_not_reclaimed_before_it_ran_out(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    claim_one(&store, "q").await;
    clock.advance(HOLD - Duration::from_nanos(1));
    assert_eq!(reclaim(&store, "q").await, 0);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(reclaim(&store, "q").await, 1);
}

pub(super) async fn a_reclaimed_task_comes_first_again(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    claim_one(&store, "q").await;
    push(&store, "q", "two").await;
    clock.advance(HOLD);
    reclaim(&store, "q").await;
    assert_eq!(payloads(&claim(&store, "q", 10).await), ["one", "two"]);
}

pub(super) async fn each_claim_raises_the_attempt(Subject { store, clock }: Subject) {
    let task = push(&store, "q", "one").await;
    for attempt in 1..=4 {
        let claimed = claim_one(&store, "q").await;
        assert_eq!(claimed, Claim { task, attempt, payload: b"one".to_vec() });
        clock.advance(HOLD);
        assert_eq!(reclaim(&store, "q").await, 1);
    }
}

pub(super) async fn a_late_claim_is_void_after_the_reclaim(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    let late = claim_one(&store, "q").await;
    clock.advance(HOLD);
    reclaim(&store, "q").await;
    assert!(!acknowledge(&store, "q", &late).await);
    assert_eq!(payloads(&[claim_one(&store, "q").await]), ["one"], "the task is still there");
}

pub(super) async fn a_late_claim_is_void_after_the_next_claim(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    let late = claim_one(&store, "q").await;
    clock.advance(HOLD);
    reclaim(&store, "q").await;
    let present = claim_one(&store, "q").await;
    assert!(!acknowledge(&store, "q", &late).await);
    assert!(acknowledge(&store, "q", &present).await, "the late one did not end it");
}

pub(super) async fn a_claim_that_ran_out_unnoticed_still_counts(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    let claimed = claim_one(&store, "q").await;
    clock.advance(HOLD * 2);
    assert!(acknowledge(&store, "q", &claimed).await, "nobody has got the task meanwhile");
}

pub(super) async fn reclaiming_counts_what_it_freed(Subject { store, clock }: Subject) {
    for payload in ["one", "two", "three"] {
        push(&store, "q", payload).await;
    }
    claim(&store, "q", 2).await;
    clock.advance(HOLD);
    claim(&store, "q", 1).await;
    assert_eq!(reclaim(&store, "q").await, 2, "the third was claimed just now");
    assert_eq!(reclaim(&store, "q").await, 0, "freed already");
}

pub(super) async fn what_waits_is_counted_and_what_is_held_is_not(Subject { store, clock }: Subject) {
    let waiting = async || store.waiting("q").await.expect("a count");
    assert_eq!(waiting().await, 0, "of an unknown queue");
    for payload in ["one", "two", "three"] {
        push(&store, "q", payload).await;
    }
    push(&store, "p", "of another queue").await;
    assert_eq!(waiting().await, 3);
    let claims = claim(&store, "q", 2).await;
    assert_eq!(waiting().await, 1);
    assert!(acknowledge(&store, "q", &claims[0]).await);
    clock.advance(HOLD);
    assert_eq!(waiting().await, 1, "what ran out waits only after the reclaim");
    reclaim(&store, "q").await;
    assert_eq!(waiting().await, 2);
}

pub(super) async fn a_claim_may_be_held_for_ever(Subject { store, clock }: Subject) {
    push(&store, "q", "one").await;
    let claims = store.claim("q", 1, Duration::MAX).await.expect("a claim");
    clock.advance(Duration::from_secs(100 * 365 * 24 * 3600));
    assert_eq!(reclaim(&store, "q").await, 0);
    assert!(acknowledge(&store, "q", &claims[0]).await);
}

pub(super) async fn queues_are_independent(Subject { store, clock }: Subject) {
    push(&store, "p", "one").await;
    push(&store, "q", "two").await;
    claim_one(&store, "p").await;
    assert_eq!(payloads(&claim(&store, "q", 10).await), ["two"]);
    clock.advance(HOLD);
    assert_eq!(reclaim(&store, "p").await, 1);
    assert_eq!(claim(&store, "q", 10).await, [], "only the other one was reclaimed");
    assert_eq!(reclaim(&store, "q").await, 1);
}

pub(super) async fn a_claim_is_void_in_another_queue(Subject { store, .. }: Subject) {
    push(&store, "p", "one").await;
    push(&store, "q", "two").await;
    let (p, q) = (claim_one(&store, "p").await, claim_one(&store, "q").await);
    assert!(!acknowledge(&store, "r", &p).await);
    assert!(acknowledge(&store, "p", &p).await);
    assert!(acknowledge(&store, "q", &q).await);
}

pub(super) async fn queues_that_are_prefixes_of_one_another_stay_apart(Subject { store, .. }: Subject) {
    let names = ["", "q", "q\0", "q/", "q/1", "qq"];
    for name in names {
        push(&store, name, name).await;
    }
    for name in names {
        assert_eq!(payloads(&[claim_one(&store, name).await]), [name]);
    }
}

pub(super) async fn hostile_names_are_queues_of_their_own(Subject { store, .. }: Subject) {
    for name in HOSTILE_NAMES {
        push(&store, name, name).await;
    }
    for name in HOSTILE_NAMES {
        let claimed = claim_one(&store, name).await;
        assert_eq!(payloads(std::slice::from_ref(&claimed)), [*name]);
        assert!(acknowledge(&store, name, &claimed).await, "queue {name:?}");
    }
}

pub(super) async fn concurrent_claims_share_no_task(Subject { store, .. }: Subject) {
    for number in 0..20 {
        push(&store, "q", &number.to_string()).await;
    }
    let mut claimers = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(&store);
        claimers.spawn(async move {
            let mut claimed = Vec::new();
            // Each would get them all if it were alone.
            for _ in 0..7 {
                let claims = claim(&store, "q", 3).await;
                claimed.extend(claims.iter().map(|claim| claim.task));
            }
            claimed
        });
    }
    let claimed: Vec<_> = claimers.join_all().await.concat();
    assert_eq!(claimed.len(), 20);
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 20);
}
