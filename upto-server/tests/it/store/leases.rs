//! What leases have to do.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use upto_server::store::{Lease, Store};

use super::backend::{HOSTILE_NAMES, Subject};

const HOLD: Duration = Duration::from_secs(10);

async fn acquire(store: &Arc<dyn Store>, name: &str, owner: &str) -> Option<Lease> {
    store.acquire(name, owner, HOLD).await.expect("an acquire")
}

/// Acquires a lease that is free.
async fn take(store: &Arc<dyn Store>, name: &str, owner: &str) -> Lease {
    acquire(store, name, owner).await.expect("the lease is free")
}

async fn renew(store: &Arc<dyn Store>, lease: &Lease) -> bool {
    store.renew(lease, HOLD).await.expect("a renewal")
}

async fn release(store: &Arc<dyn Store>, lease: &Lease) {
    store.release(lease).await.expect("a release");
}

pub(super) async fn a_free_lease_is_taken(Subject { store, .. }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    assert_eq!((lease.name.as_str(), lease.owner.as_str()), ("sweep", "one"));
}

pub(super) async fn a_held_lease_is_refused_to_others(Subject { store, clock }: Subject) {
    take(&store, "sweep", "one").await;
    assert_eq!(acquire(&store, "sweep", "two").await, None);
    clock.advance(HOLD - Duration::from_nanos(1));
    assert_eq!(acquire(&store, "sweep", "two").await, None);
}

pub(super) async fn the_same_owner_gets_it_again_with_the_same_token(Subject { store, .. }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    assert_eq!(acquire(&store, "sweep", "one").await, Some(lease));
}

pub(super) async fn acquiring_again_prolongs(Subject { store, clock }: Subject) {
    take(&store, "sweep", "one").await;
    clock.advance(HOLD * 3 / 4);
    take(&store, "sweep", "one").await;
    clock.advance(HOLD * 3 / 4);
    assert_eq!(acquire(&store, "sweep", "two").await, None);
    clock.advance(HOLD / 4);
    assert!(acquire(&store, "sweep", "two").await.is_some());
}

pub(super) async fn renewing_prolongs(Subject { store, clock }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    for _ in 0..3 {
        clock.advance(HOLD * 3 / 4);
        assert!(renew(&store, &lease).await);
        assert_eq!(acquire(&store, "sweep", "two").await, None);
    }
    clock.advance(HOLD);
    assert!(acquire(&store, "sweep", "two").await.is_some(), "prolonged from then on, not added up");
}

pub(super) async fn a_lease_that_ran_out_goes_to_the_next(Subject { store, clock }: Subject) {
    take(&store, "sweep", "one").await;
    clock.advance(HOLD);
    assert_eq!(take(&store, "sweep", "two").await.owner, "two");
    assert_eq!(acquire(&store, "sweep", "one").await, None);
}

pub(super) async fn the_token_grows_with_the_holder(Subject { store, clock }: Subject) {
    let mut last = take(&store, "sweep", "one").await.token;
    for owner in ["two", "one", "three"] {
        clock.advance(HOLD);
        let token = take(&store, "sweep", owner).await.token;
        assert!(token > last, "{token} after {last}");
        last = token;
    }
}

pub(super) async fn an_owner_that_let_it_run_out_gets_a_new_token(Subject { store, clock }: Subject) {
    let old = take(&store, "sweep", "one").await;
    clock.advance(HOLD);
    let new = take(&store, "sweep", "one").await;
    assert!(new.token > old.token);
    assert!(!renew(&store, &old).await);
    assert!(renew(&store, &new).await);
}

pub(super) async fn a_lost_lease_is_not_renewed(Subject { store, clock }: Subject) {
    let lost = take(&store, "sweep", "one").await;
    clock.advance(HOLD);
    let present = take(&store, "sweep", "two").await;
    assert!(!renew(&store, &lost).await);
    assert!(renew(&store, &present).await);
}

pub(super) async fn a_lease_that_ran_out_is_not_renewed(Subject { store, clock }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    clock.advance(HOLD);
    assert!(!renew(&store, &lease).await);
    assert!(acquire(&store, "sweep", "two").await.is_some(), "it was not brought back");
}

pub(super) async fn a_released_lease_is_free_at_once(Subject { store, .. }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    release(&store, &lease).await;
    assert_eq!(take(&store, "sweep", "two").await.owner, "two");
}

pub(super) async fn the_token_grows_after_a_release(Subject { store, .. }: Subject) {
    let first = take(&store, "sweep", "one").await;
    release(&store, &first).await;
    assert!(take(&store, "sweep", "two").await.token > first.token);
}

pub(super) async fn releasing_a_lost_lease_harms_nobody(Subject { store, clock }: Subject) {
    let lost = take(&store, "sweep", "one").await;
    clock.advance(HOLD);
    let present = take(&store, "sweep", "two").await;
    release(&store, &lost).await;
    assert_eq!(acquire(&store, "sweep", "three").await, None);
    assert!(renew(&store, &present).await);
}

pub(super) async fn releasing_twice_is_harmless(Subject { store, .. }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    release(&store, &lease).await;
    release(&store, &lease).await;
    let unheard_of = Lease { name: "unheard of".to_owned(), owner: "one".to_owned(), token: 1 };
    release(&store, &unheard_of).await;
    let again = take(&store, "sweep", "one").await;
    release(&store, &lease).await;
    assert!(renew(&store, &again).await, "the old token is not the new one");
}

pub(super) async fn a_released_lease_is_not_renewed(Subject { store, .. }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    release(&store, &lease).await;
    assert!(!renew(&store, &lease).await);
}

pub(super) async fn a_forged_token_is_worth_nothing(Subject { store, .. }: Subject) {
    let lease = take(&store, "sweep", "one").await;
    let forged = [
        Lease { token: lease.token + 1, ..lease.clone() },
        Lease { owner: "two".to_owned(), ..lease.clone() },
        Lease { name: "other".to_owned(), ..lease.clone() },
    ];
    for forged in forged {
        assert!(!renew(&store, &forged).await, "{forged:?}");
        release(&store, &forged).await;
    }
    assert!(renew(&store, &lease).await);
}

pub(super) async fn a_lease_may_be_held_for_ever(Subject { store, clock }: Subject) {
    let lease = store.acquire("sweep", "one", Duration::MAX).await.expect("an acquire").expect("it is free");
    clock.advance(Duration::from_secs(100 * 365 * 24 * 3600));
    assert_eq!(acquire(&store, "sweep", "two").await, None);
    assert!(store.renew(&lease, Duration::MAX).await.expect("a renewal"));
}

pub(super) async fn leases_are_independent(Subject { store, .. }: Subject) {
    let sweep = take(&store, "sweep", "one").await;
    take(&store, "send", "two").await;
    release(&store, &sweep).await;
    assert_eq!(acquire(&store, "send", "one").await, None);
}

pub(super) async fn hostile_names_are_leases_of_their_own(Subject { store, .. }: Subject) {
    let mut leases = Vec::new();
    for name in HOSTILE_NAMES {
        leases.push(take(&store, name, name).await);
    }
    for lease in leases {
        assert_eq!(lease.name, lease.owner);
        assert_eq!(acquire(&store, &lease.name, "somebody else").await, None, "{lease:?}");
        assert!(renew(&store, &lease).await, "{lease:?}");
    }
}

pub(super) async fn of_concurrent_owners_exactly_one_wins(Subject { store, .. }: Subject) {
    let mut owners = JoinSet::new();
    for owner in 0..10 {
        let store = Arc::clone(&store);
        owners.spawn(async move { acquire(&store, "sweep", &format!("owner {owner}")).await });
    }
    let won: Vec<_> = owners.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    assert!(renew(&store, &won[0]).await);
}
