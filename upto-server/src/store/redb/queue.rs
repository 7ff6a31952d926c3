//! Queues in redb. A task's payload stays in the table `tasks` until it is acknowledged, while its
//! number is in `ready` or in `held`, so that a claim never has to look past claimed tasks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::RedbStore;
use super::failure::Failure;
use super::file::Outcome;
use super::numbers::Counter;
use crate::store::operation::Operation;
use crate::store::{Claim, Queue, Result, hold};

/// Payloads, by queue and task, as the other two.
const TASKS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("tasks");
/// How often a task was claimed, of those nobody holds.
const READY: TableDefinition<'_, (&str, u64), u32> = TableDefinition::new("ready");
/// How often a task was claimed, and until when it is held.
const HELD: TableDefinition<'_, (&str, u64), (u32, i64)> = TableDefinition::new("held");

#[async_trait]
impl Queue for RedbStore {
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64> {
        let operation = Operation::on("push to", "queue", queue)?.value("a task", &payload)?;
        let queue = queue.to_owned();
        self.writing(operation, move |transaction| push(transaction, &queue, &payload)).await
    }

    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>> {
        let operation = Operation::on("claim from", "queue", queue)?;
        let (queue, clock) = (queue.to_owned(), Arc::clone(&self.clock));
        let claim = move |transaction: &_| claim(transaction, &queue, limit, hold::end(clock.now(), hold));
        self.writing(operation, claim).await
    }

    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool> {
        let operation = Operation::on("acknowledge a task of", "queue", queue)?;
        let (queue, task, attempt) = (queue.to_owned(), claim.task, claim.attempt);
        self.writing(operation, move |transaction| acknowledge(transaction, &queue, task, attempt)).await
    }

    async fn reclaim(&self, queue: &str) -> Result<usize> {
        let operation = Operation::on("reclaim tasks of", "queue", queue)?;
        let (queue, clock) = (queue.to_owned(), Arc::clone(&self.clock));
        self.writing(operation, move |transaction| reclaim(transaction, &queue, clock.now())).await
    }

    async fn waiting(&self, queue: &str) -> Result<u64> {
        let operation = Operation::on("count tasks of", "queue", queue)?;
        let queue = queue.to_owned();
        self.reading(operation, move |transaction| waiting(transaction, &queue)).await
    }
}

pub(super) fn create(transaction: &WriteTransaction) -> Result<(), Failure> {
    transaction.open_table(TASKS)?;
    transaction.open_table(READY)?;
    transaction.open_table(HELD)?;
    Ok(())
}

fn push(transaction: &WriteTransaction, queue: &str, payload: &[u8]) -> Result<Outcome<u64>, Failure> {
    let task = Counter::Task.next(transaction)?;
    transaction.open_table(TASKS)?.insert((queue, task), payload)?;
    transaction.open_table(READY)?.insert((queue, task), 0)?;
    Ok(Outcome::Changed(task))
}

fn claim(
    transaction: &WriteTransaction,
    queue: &str,
    limit: usize,
    until: i64,
) -> Result<Outcome<Vec<Claim>>, Failure> {
    let tasks = transaction.open_table(TASKS)?;
    let mut ready = transaction.open_table(READY)?;
    let mut held = transaction.open_table(HELD)?;
    let mut claims = Vec::new();
    for (task, attempts) in oldest(&ready, queue, limit)? {
        let attempt = attempts.saturating_add(1);
        ready.remove((queue, task))?;
        held.insert((queue, task), (attempt, until))?;
        claims.push(Claim { task, attempt, payload: payload(&tasks, queue, task)? });
    }
    Ok(if claims.is_empty() { Outcome::Unchanged(claims) } else { Outcome::Changed(claims) })
}

/// Up to `limit` tasks that nobody holds, and how often each was claimed.
fn oldest(
    ready: &Table<'_, (&'static str, u64), u32>,
    queue: &str,
    limit: usize,
) -> Result<Vec<(u64, u32)>, Failure> {
    let entries = ready.range((queue, 0)..=(queue, u64::MAX))?.take(limit);
    entries
        .map(|entry| entry.map(|(key, attempts)| (key.value().1, attempts.value())).map_err(Failure::from))
        .collect()
}

fn payload(
    tasks: &Table<'_, (&'static str, u64), &'static [u8]>,
    queue: &str,
    task: u64,
) -> Result<Vec<u8>, Failure> {
    let payload = tasks.get((queue, task))?.map(|payload| payload.value().to_vec());
    payload.ok_or_else(|| redb::Error::Corrupted(format!("task {task} has no payload")).into())
}

/// Whether the claim still held.
fn acknowledge(
    transaction: &WriteTransaction,
    queue: &str,
    task: u64,
    attempt: u32,
) -> Result<Outcome<bool>, Failure> {
    let mut held = transaction.open_table(HELD)?;
    let present = held.get((queue, task))?.map(|held| held.value().0);
    if present != Some(attempt) {
        return Ok(Outcome::Unchanged(false));
    }
    held.remove((queue, task))?;
    transaction.open_table(TASKS)?.remove((queue, task))?;
    Ok(Outcome::Changed(true))
}

fn reclaim(transaction: &WriteTransaction, queue: &str, now: i64) -> Result<Outcome<usize>, Failure> {
    let mut held = transaction.open_table(HELD)?;
    let mut ready = transaction.open_table(READY)?;
    let over = over(&held, queue, now)?;
    for &(task, attempts) in &over {
        held.remove((queue, task))?;
        ready.insert((queue, task), attempts)?;
    }
    Ok(if over.is_empty() { Outcome::Unchanged(0) } else { Outcome::Changed(over.len()) })
}

/// The tasks whose claim ran out, and how often each was claimed.
fn over(
    held: &Table<'_, (&'static str, u64), (u32, i64)>,
    queue: &str,
    now: i64,
) -> Result<Vec<(u64, u32)>, Failure> {
    let mut tasks = Vec::new();
    for entry in held.range((queue, 0)..=(queue, u64::MAX))? {
        let (key, held) = entry?;
        let (attempts, until) = held.value();
        if hold::is_over(until, now) {
            tasks.push((key.value().1, attempts));
        }
    }
    Ok(tasks)
}

fn waiting(transaction: &ReadTransaction, queue: &str) -> Result<u64, Failure> {
    let ready = transaction.open_table(READY)?;
    let entries = ready.range((queue, 0)..=(queue, u64::MAX))?;
    entries.map(|entry| entry.map(|_| 1).map_err(Failure::from)).sum()
}
