//! Queues in memory.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use async_trait::async_trait;

use super::{MemoryStore, lock};
use crate::store::operation::Operation;
use crate::store::{Claim, Queue, Result, hold};

/// All queues by name. One counter numbers the tasks of all of them, so that an empty queue leaves
/// nothing to remember.
#[derive(Debug, Default)]
pub(super) struct Queues {
    last: u64,
    tasks: HashMap<String, BTreeMap<u64, Task>>,
}

#[derive(Debug)]
struct Task {
    payload: Vec<u8>,
    /// How often it has been claimed.
    attempt: u32,
    /// The end of the present claim; `None` while it waits for one.
    held_until: Option<i64>,
}

impl Task {
    fn claim(&mut self, number: u64, until: i64) -> Claim {
        self.attempt = self.attempt.saturating_add(1);
        self.held_until = Some(until);
        Claim { task: number, attempt: self.attempt, payload: self.payload.clone() }
    }

    fn is_held_by(&self, claim: &Claim) -> bool {
        self.held_until.is_some() && self.attempt == claim.attempt
    }

    fn free_if_over(&mut self, now: i64) -> bool {
        let over = self.held_until.is_some_and(|until| hold::is_over(until, now));
        if over {
            self.held_until = None;
        }
        over
    }
}

impl Queues {
    fn push(&mut self, queue: &str, payload: Vec<u8>) -> u64 {
        self.last += 1;
        let task = Task { payload, attempt: 0, held_until: None };
        self.tasks.entry(queue.to_owned()).or_default().insert(self.last, task);
        self.last
    }

    fn claim(&mut self, queue: &str, limit: usize, until: i64) -> Vec<Claim> {
        let Some(tasks) = self.tasks.get_mut(queue) else { return Vec::new() };
        let waiting = tasks.iter_mut().filter(|(_, task)| task.held_until.is_none());
        waiting.take(limit).map(|(&number, task)| task.claim(number, until)).collect()
    }

    fn acknowledge(&mut self, queue: &str, claim: &Claim) -> bool {
        let Some(tasks) = self.tasks.get_mut(queue) else { return false };
        if !tasks.get(&claim.task).is_some_and(|task| task.is_held_by(claim)) {
            return false;
        }
        tasks.remove(&claim.task);
        if tasks.is_empty() {
            self.tasks.remove(queue);
        }
        true
    }

    fn reclaim(&mut self, queue: &str, now: i64) -> usize {
        let tasks = self.tasks.get_mut(queue).into_iter().flat_map(BTreeMap::values_mut);
        tasks.map(|task| task.free_if_over(now)).filter(|&freed| freed).count()
    }

    fn waiting(&self, queue: &str) -> usize {
        let tasks = self.tasks.get(queue).into_iter().flat_map(BTreeMap::values);
        tasks.filter(|task| task.held_until.is_none()).count()
    }
}

#[async_trait]
impl Queue for MemoryStore {
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64> {
        Operation::on("push to", "queue", queue)?.value("a task", &payload)?;
        Ok(lock(&self.queues).push(queue, payload))
    }

    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>> {
        Operation::on("claim from", "queue", queue)?;
        let mut queues = lock(&self.queues);
        Ok(queues.claim(queue, limit, hold::end(self.clock.now(), hold)))
    }

    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool> {
        Operation::on("acknowledge a task of", "queue", queue)?;
        Ok(lock(&self.queues).acknowledge(queue, claim))
    }

    async fn reclaim(&self, queue: &str) -> Result<usize> {
        Operation::on("reclaim tasks of", "queue", queue)?;
        let mut queues = lock(&self.queues);
        Ok(queues.reclaim(queue, self.clock.now()))
    }

    async fn waiting(&self, queue: &str) -> Result<u64> {
        Operation::on("count tasks of", "queue", queue)?;
        Ok(lock(&self.queues).waiting(queue) as u64)
    }
}
