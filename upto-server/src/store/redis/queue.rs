//! Queues: payloads and claims by task, and the tasks that are ready or held in their order.

use std::time::Duration;

use async_trait::async_trait;

use super::RedisStore;
use super::script::{self, Call};
use super::shard::Shard;
use crate::store::operation::Operation;
use crate::store::{Claim, Queue, Result};

/// How many tasks one call claims at most, and how many bytes of payloads are enough for one:
/// Redis does nothing else meanwhile, and what was claimed has to reach us at once.
const MOST_CLAIMS: usize = 1024;
const CLAIMED_BYTES: u64 = 32 * 1024 * 1024;

#[async_trait]
impl Queue for RedisStore {
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64> {
        let operation = Operation::on("push to", "queue", queue)?.value("a task", &payload)?;
        let push = |shard: &Shard| {
            let keys = [shard.key("numbers"), shard.named("tasks", queue), shard.named("ready", queue)];
            Call::new(&script::PUSH, keys).bytes(payload.as_slice())
        };
        self.in_shard_of(queue, push).await.map_err(|failure| failure.of(operation))
    }

    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>> {
        let operation = Operation::on("claim from", "queue", queue)?;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let claim = |shard: &Shard| {
            let keys = ["tasks", "ready", "held", "claims"].map(|kind| shard.named(kind, queue));
            let call = self.time.now_and(hold, Call::new(&script::CLAIM, keys));
            call.number(limit.min(MOST_CLAIMS) as u64).number(CLAIMED_BYTES)
        };
        let claimed: Result<Vec<(u64, u32, Vec<u8>)>, _> = self.in_shard_of(queue, claim).await;
        let claimed = claimed.map_err(|failure| failure.of(operation))?.into_iter();
        Ok(claimed.map(|(task, attempt, payload)| Claim { task, attempt, payload }).collect())
    }

    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool> {
        let operation = Operation::on("acknowledge a task of", "queue", queue)?;
        let acknowledge = |shard: &Shard| {
            let keys = ["tasks", "held", "claims"].map(|kind| shard.named(kind, queue));
            Call::new(&script::ACKNOWLEDGE, keys).number(claim.task).number(claim.attempt.into())
        };
        let ended: Result<u64, _> = self.in_shard_of(queue, acknowledge).await;
        Ok(ended.map_err(|failure| failure.of(operation))? > 0)
    }

    async fn reclaim(&self, queue: &str) -> Result<usize> {
        let operation = Operation::on("reclaim tasks of", "queue", queue)?;
        let reclaim = |shard: &Shard| {
            let keys = ["ready", "held", "claims"].map(|kind| shard.named(kind, queue));
            self.time.now(Call::new(&script::RECLAIM, keys))
        };
        self.in_shard_of(queue, reclaim).await.map_err(|failure| failure.of(operation))
    }

    async fn waiting(&self, queue: &str) -> Result<u64> {
        let operation = Operation::on("count tasks of", "queue", queue)?;
        let waiting = |shard: &Shard| Call::new(&script::WAITING, [shard.named("ready", queue)]);
        self.in_shard_of(queue, waiting).await.map_err(|failure| failure.of(operation))
    }
}
