//! An agent that takes what another one hands over: into its own spool, unread.

use super::{Arrived, KnownAgent, Outcome, Undelivered, blocks_of, is_stored, known};
use crate::agent::{Delivery, Place, Spool, Unspooled};
use crate::store::Store;

/// Agents that messages may come through, one after the other.
const HOPS: usize = 8;

/// What takes deliveries of other agents.
#[derive(Clone, Copy)]
pub(crate) struct Chained<'a> {
    /// What is known of the other agents.
    pub(crate) store: &'a dyn Store,
    pub(crate) spool: &'a Spool,
}

impl Chained<'_> {
    /// Spools all blocks that are not spooled yet, waits until they are durable, and notes how the other agent stands.
    ///
    /// # Errors
    /// [`Undelivered`]: [`Loop`](Undelivered::Loop) if this agent has handed over some of them itself, else it has to be
    /// delivered again.
    pub(crate) async fn take(
        &self,
        delivery: &Delivery<'_>,
        arrived: Arrived<'_>,
    ) -> Result<KnownAgent, Undelivered> {
        let mut blocks = blocks_of(delivery)?;
        let (own, from) = (self.spool.identity().id, delivery.agent.id);
        let comes_back = |path: &[u64]| path.contains(&own) || path.len() >= HOPS;
        if own == from || blocks.iter().any(|block| comes_back(&block.header.path)) {
            return Err(Undelivered::Loop);
        }
        let known = known::get(self.store, from).await?;
        let (stored, last) =
            (known.and_then(|agent| agent.stored), blocks.last().map(|block| Place::of(&block.header)));
        blocks.retain(|block| !is_stored(&block.header, stored));
        let outcome = Outcome {
            messages: blocks.iter().map(|block| block.header.messages).sum(),
            lost: blocks.iter().map(|block| block.header.lost.messages).sum(),
            hops: blocks.iter().map(|block| block.header.path.len() as u64).max().unwrap_or(0),
            ..Outcome::default()
        };
        let shift = arrived.at.saturating_sub(delivery.now);
        let ticket = self.spool.add_blocks(blocks, from, shift).map_err(|_| Unspooled::Behind)?;
        self.spool.written(ticket).await?;
        known::note(self.store, delivery, &arrived, &outcome, last).await
    }
}
