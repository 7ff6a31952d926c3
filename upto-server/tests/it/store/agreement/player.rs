//! Takes steps on a store and tells what came of them.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use upto_server::clock::ManualClock;
use upto_server::store::{Claim, Cursor, Lease, Result, Run, Store};

use super::step::{DocumentStep, LeaseStep, LogStep, QueueStep, Step};
use crate::store::backend::{Subject, append};

const HOLD: Duration = Duration::from_secs(10);

/// A store, and what was got from it so far.
pub(super) struct Player {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    claims: Vec<(&'static str, Claim)>,
    leases: Vec<Lease>,
}

impl Player {
    pub(super) fn new(Subject { store, clock }: Subject) -> Self {
        Player { store, clock, claims: Vec::new(), leases: Vec::new() }
    }

    /// Takes a step and tells its outcome, without the numbers that are up to the back end.
    pub(super) async fn play(&mut self, step: &Step) -> String {
        match step {
            Step::Log(step) => self.log(step).await,
            Step::Documents(step) => self.documents(step).await,
            Step::Queue(step) => self.queue(step).await,
            Step::Lease(step) => self.lease(step).await,
            Step::Wait(time) => {
                self.clock.advance(*time);
                String::new()
            }
        }
    }

    async fn log(&self, step: &LogStep) -> String {
        match *step {
            LogStep::Append(ref blocks) => {
                let appends = blocks.iter().map(|&(stream, byte)| append(stream, [byte])).collect();
                outcome(self.store.append(appends).await)
            }
            LogStep::Read { stream, skip, limit } => {
                let skipped = self.store.read(stream, Cursor::START, skip).await.expect("a read");
                let after = skipped.last().map_or(Cursor::START, |block| block.cursor);
                let blocks = self.store.read(stream, after, limit).await.expect("a read");
                format!("{:?}", blocks.iter().map(|block| &block.bytes).collect::<Vec<_>>())
            }
            LogStep::Replace { stream, skip, count, block } => {
                let read = self.store.read(stream, Cursor::START, skip + count).await.expect("a read");
                let (skipped, rest) = read.split_at(skip.min(read.len()));
                let after = skipped.last().map_or(Cursor::START, |block| block.cursor);
                let through = rest.last().map_or(after, |block| block.cursor);
                let run = Run { after, through, count };
                outcome(self.store.replace(stream, run, vec![block]).await)
            }
            LogStep::Drop(stream) => outcome(self.store.drop_stream(stream).await),
        }
    }

    async fn documents(&self, step: &DocumentStep) -> String {
        match *step {
            DocumentStep::Put { key, expected, value } => {
                outcome(self.store.put(key, expected, vec![value]).await)
            }
            DocumentStep::Delete { key, expected } => outcome(self.store.delete(key, expected).await),
            DocumentStep::List { prefix, after, limit } => {
                outcome(self.store.list(prefix, after, limit).await)
            }
        }
    }

    async fn queue(&mut self, step: &QueueStep) -> String {
        match *step {
            QueueStep::Push { queue, payload } => {
                outcome(self.store.push(queue, vec![payload]).await.map(|_number| ()))
            }
            QueueStep::Claim { queue, limit } => {
                let claims = self.store.claim(queue, limit, HOLD).await.expect("a claim");
                self.claims.extend(claims.iter().map(|claim| (queue, claim.clone())));
                format!(
                    "{:?}",
                    claims.iter().map(|claim| (claim.attempt, &claim.payload)).collect::<Vec<_>>()
                )
            }
            QueueStep::Acknowledge { claim } => match self.claims.get(claim) {
                Some((queue, claim)) => outcome(self.store.acknowledge(queue, claim).await),
                None => String::new(),
            },
            QueueStep::Reclaim { queue } => outcome(self.store.reclaim(queue).await),
            QueueStep::Waiting { queue } => outcome(self.store.waiting(queue).await),
        }
    }

    async fn lease(&mut self, step: &LeaseStep) -> String {
        match *step {
            LeaseStep::Acquire { name, owner } => {
                match self.store.acquire(name, owner, HOLD).await.expect("an acquire") {
                    Some(lease) => self.acquired(lease),
                    None => "refused".to_owned(),
                }
            }
            LeaseStep::Renew { lease } => match self.leases.get(lease) {
                Some(lease) => outcome(self.store.renew(lease, HOLD).await),
                None => String::new(),
            },
            LeaseStep::Release { lease } => match self.leases.get(lease) {
                Some(lease) => outcome(self.store.release(lease).await),
                None => String::new(),
            },
        }
    }

    /// A token is compared with the earlier ones only.
    fn acquired(&mut self, lease: Lease) -> String {
        let same = self.leases.iter().position(|earlier| *earlier == lease);
        self.leases.push(lease);
        format!("acquired, the same as {same:?}")
    }
}

fn outcome<T: Debug>(result: Result<T>) -> String {
    format!("{:?}", result.map_err(|error| error.kind()))
}
