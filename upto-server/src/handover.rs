//! Taking what agents hand over: the server's side. `agent` has the other one, and the format.
//!
//! A delivery that an agent pushes and one that is pulled from it are the same, and end here.

mod chained;
pub(crate) mod known;
mod pulling;
mod taking;

use std::net::IpAddr;

use thiserror::Error;

pub(crate) use self::chained::Chained;
pub(crate) use self::known::{KnownAgent, Way};
pub(crate) use self::pulling::{Asked, Puller};
use self::taking::Taking;
use crate::agent::{Block, Delivery, Header, Malformed, Place, Unspooled};
use crate::catalog::Catalog;
use crate::doors::Caller;
use crate::ingest::{Ingest, Refusal};
use crate::metrics::Metrics;
use crate::store::StoreError;

/// Why a delivery was not taken. Some of it may have been, which does no harm when it comes again.
#[derive(Debug, Error)]
pub(crate) enum Undelivered {
    /// It can't be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Nothing is taken at present.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The agent that it came to can't spool it at present.
    #[error(transparent)]
    Unspooled(#[from] Unspooled),
    /// It came back to an agent that had it.
    #[error(
        "this agent had these messages before, or they came through too many: agents hand over to one another in a circle"
    )]
    Loop,
    /// What is known of the agent can't be read or stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are as many agents as there may be.
    #[error("{} agents are known already; remove some that are gone", known::AGENTS)]
    TooMany,
}

impl Undelivered {
    /// The reason as a label for counters.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Undelivered::Malformed(_) => "delivery",
            Undelivered::Refused(refusal) => refusal.label(),
            Undelivered::Unspooled(unspooled) => unspooled.label(),
            Undelivered::Loop => "loop",
            Undelivered::Store(_) => "store",
            Undelivered::TooMany => "too_many_agents",
        }
    }
}

/// How a delivery came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived<'a> {
    /// When, by this server's clock, in nanoseconds since the epoch.
    pub(crate) at: i64,
    pub(crate) way: Way,
    /// From where.
    pub(crate) peer: Option<IpAddr>,
    /// Who brought it: what is taken has to be for contexts of theirs.
    pub(crate) caller: &'a Caller,
}

/// What takes deliveries.
#[derive(Clone, Copy)]
pub(crate) struct Handover<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) ingest: &'a Ingest,
    pub(crate) metrics: &'a Metrics,
}

/// What became of a delivery.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// How the agent stands now.
    pub(crate) agent: KnownAgent,
    /// The last block that is stored, which may be acknowledged.
    pub(crate) last: Option<Place>,
}

impl Handover<'_> {
    /// Takes all blocks that are not stored yet, waits until they are durable, and notes how the agent stands.
    ///
    /// # Errors
    /// [`Undelivered`]: it has to be delivered again.
    pub(crate) async fn take(
        &self,
        delivery: &Delivery<'_>,
        arrived: Arrived<'_>,
    ) -> Result<Taken, Undelivered> {
        let store = self.catalog.store().as_ref();
        let known = known::get(store, delivery.agent.id).await?;
        let blocks = blocks_of(delivery)?;
        let stored = known.as_ref().and_then(|agent| agent.stored);
        let mut taking = Taking::new(*self, arrived, arrived.at.saturating_sub(delivery.now));
        for block in blocks.iter().filter(|block| !is_stored(&block.header, stored)) {
            taking.take(block).await?;
        }
        let outcome = taking.finish().await?;
        let last = blocks.last().map(|block| Place::of(&block.header));
        let agent = known::note(store, delivery, &arrived, &outcome, last).await?;
        Ok(Taken { agent, last })
    }
}

/// The blocks of a delivery.
///
/// # Errors
/// One is none.
pub(crate) fn blocks_of<'d>(delivery: &'d Delivery<'_>) -> Result<Vec<Block<'d>>, Malformed> {
    delivery.blocks.iter().map(|bytes| Block::decode(&bytes.0)).collect()
}

/// Whether a block was taken before: the blocks of a run come in their order.
pub(crate) fn is_stored(header: &Header, stored: Option<Place>) -> bool {
    stored.is_some_and(|stored| header.run == stored.run && header.number <= stored.number)
}

/// What of a delivery was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Messages that were taken.
    pub(crate) messages: u64,
    /// Messages, or entries that can't be read, that were refused: nobody will ever take them.
    pub(crate) refused: u64,
    /// Messages that the agent had lost.
    pub(crate) lost: u64,
    /// How many other agents they had passed, at most.
    pub(crate) hops: u64,
}
