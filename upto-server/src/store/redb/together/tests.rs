//! Writers that meet.

use std::sync::atomic::Ordering;

use super::*;
use crate::store::StoreErrorKind;
use crate::store::redb::file::tests::{Fixture, fixture};
use crate::store::redb::numbers::Counter;

/// Counts; told the number.
fn count(transaction: &WriteTransaction) -> Result<Outcome<u64>, Failure> {
    Counter::Task.next(transaction).map(Outcome::Changed)
}

/// Counts, and fails then.
fn fail(transaction: &WriteTransaction) -> Result<Outcome<u64>, Failure> {
    count(transaction).and(Err(Failure::Piece))
}

fn told(mut told: Receiver<Told<u64>>) -> Result<u64, StoreErrorKind> {
    told.try_recv().expect("it is told").map_err(|failure| failure.kind())
}

/// How often the disk is waited for.
fn syncs_of(fixture: &Fixture, write: impl FnOnce()) -> usize {
    let before = fixture.syncs.load(Ordering::SeqCst);
    write();
    fixture.syncs.load(Ordering::SeqCst) - before
}

#[test]
fn those_who_wait_share_a_transaction_and_see_one_another() {
    let (fixture, waiting) = (fixture(), Waiting::default());
    let alone = syncs_of(&fixture, || assert_eq!(fixture.count().expect("space"), 1));
    let all: Vec<_> = (0..50).map(|_| waiting.add(count)).collect();
    let together = syncs_of(&fixture, || waiting.write(&fixture.file));
    assert_eq!(all.into_iter().map(told).collect::<Vec<_>>(), (2..=51).map(Ok).collect::<Vec<_>>());
    assert_eq!(together, alone);
    assert_eq!(syncs_of(&fixture, || waiting.write(&fixture.file)), 0, "nobody waits");
}

#[test]
fn one_that_fails_does_so_alone_and_leaves_nothing() {
    let (fixture, waiting) = (fixture(), Waiting::default());
    let (before, failing, after) = (waiting.add(count), waiting.add(fail), waiting.add(count));
    waiting.write(&fixture.file);
    assert_eq!([told(before), told(failing), told(after)], [Ok(1), Err(StoreErrorKind::Damaged), Ok(2)]);
    assert_eq!(fixture.count().expect("space"), 3);
}

#[test]
fn what_can_not_become_durable_is_told_to_all() {
    let (fixture, waiting) = (fixture(), Waiting::default());
    let all = [waiting.add(count), waiting.add(count)];
    fixture.full.store(true, Ordering::SeqCst);
    waiting.write(&fixture.file);
    assert_eq!(all.map(told), [Err(StoreErrorKind::Full), Err(StoreErrorKind::Full)]);
    fixture.full.store(false, Ordering::SeqCst);
    let again = waiting.add(count);
    waiting.write(&fixture.file);
    assert_eq!(told(again), Ok(1));
}

#[test]
fn what_nobody_waits_for_is_not_begun() {
    let (fixture, waiting) = (fixture(), Waiting::default());
    drop(waiting.add(count));
    let other = waiting.add(count);
    waiting.write(&fixture.file);
    assert_eq!(told(other), Ok(1));
}
