//! The spool: what came in and is not handed over, on the disk of this host.
//!
//! What comes in gathers for a moment and becomes durable together, in blocks of the store's log. A segment is one stream
//! of it, of which there are several, the oldest first. What was handed over and stored elsewhere is acknowledged, and
//! its segments go once they are acknowledged as a whole. Where the spool is larger or older than it may be, the oldest
//! segments are dropped: a block that says what was lost takes the place of theirs, atomically, so that it is told once
//! whatever happens meanwhile.

mod bounds;
mod contents;
mod gathering;
mod segment;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as AsyncMutex, Notify, watch};
use tokio::time::timeout;
use upto::wire::Batch;

pub(crate) use self::bounds::Bounds;
use self::contents::Spooled;
pub(crate) use self::gathering::NoRoom;
use self::gathering::{Gathering, Open};
pub(crate) use self::writer::Writer;
use super::block::{Block, Entry, Header};
use super::delivery::{Backlog, Delivery, Identity};
use crate::catalog::document;
use crate::clock::Clock;
use crate::store::{self, Store, StoreError, StoreErrorKind};

/// The document that says whose spool this is.
const IDENTITY: &str = "spool/identity";
/// The program, as it tells others.
const SOFTWARE: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// What waits on this host to be handed over.
pub(crate) struct Spool {
    identity: Identity,
    /// Tells this run from others: a random number.
    run: u64,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    bounds: Bounds,
    gathering: Mutex<Gathering>,
    spooled: AsyncMutex<Spooled>,
    /// Something has gathered.
    something: Notify,
    /// Somebody waits until it is durable.
    urgent: Notify,
    written: watch::Sender<Written>,
}

/// How far writing has come.
#[derive(Clone, Debug, Default)]
struct Written {
    /// Everything that was added before this many writings is durable.
    done: u64,
    /// The writing that takes what gathers now.
    next: u64,
    /// Bytes of the one that is under way.
    bytes: usize,
    /// Why the disk does not take anything, if it does not.
    problem: Option<Arc<StoreError>>,
}

/// Why something was not spooled.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Unspooled {
    /// Enough waits for the disk.
    #[error("too much waits for the disk already; try again in a moment")]
    Behind,
    /// The disk takes nothing.
    #[error("the spool can't be written: {0}")]
    Store(Arc<StoreError>),
}

impl Unspooled {
    /// The reason as a label for counters.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Unspooled::Behind => "behind",
            Unspooled::Store(_) => "store",
        }
    }
}

/// Everything that was added up to some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

/// A delivery, and what its acknowledgement has to name; `None`: there are no blocks in it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) delivery: Delivery<'static>,
    pub(crate) last: Option<Place>,
}

/// The place of a block among all that an agent has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) run: u64,
    pub(crate) number: u64,
}

impl Place {
    /// That of the block with this header.
    pub(crate) fn of(header: &Header) -> Self {
        Place { run: header.run, number: header.number }
    }
}

impl Spool {
    /// Opens the spool in `store`, and makes it if it is not there. Nothing becomes durable unless the writer runs.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        name: String,
        bounds: Bounds,
    ) -> store::Result<(Arc<Self>, Writer)> {
        let id = identity(store.as_ref()).await?;
        let spooled = Spooled::open(store.as_ref()).await?;
        let spool = Arc::new(Spool {
            identity: Identity { id, name, software: SOFTWARE.to_owned() },
            run: random()?,
            store,
            clock,
            bounds,
            gathering: Mutex::default(),
            spooled: AsyncMutex::new(spooled),
            something: Notify::new(),
            urgent: Notify::new(),
            written: watch::Sender::new(Written { next: 1, ..Written::default() }),
        });
        spool.try_keep_within_bounds().await;
        let writer = Writer::new(spool.clone());
        Ok((spool, writer))
    }

    /// Who hands over.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Nanoseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Adds what came in, each with its messages, all of it or nothing.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub(crate) fn add<'e>(
        &self,
        entries: impl Iterator<Item = (Entry<'e>, u64)> + Clone,
    ) -> Result<Ticket, NoRoom> {
        let mut gathering = self.gathering();
        gathering.expect_room(entries.clone().map(|(entry, _)| entry.bytes.len()).sum())?;
        entries.for_each(|(entry, messages)| gathering.add(&entry, messages));
        Ok(self.told(gathering))
    }

    /// Adds blocks of another agent, all of them or none, with the times of this one's clock.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub(crate) fn add_blocks(&self, blocks: Vec<Block<'_>>, from: u64, shift: i64) -> Result<Ticket, NoRoom> {
        let opened: Vec<_> = blocks.into_iter().map(|block| Open::of(block, from, shift)).collect();
        let mut gathering = self.gathering();
        gathering.expect_room(opened.iter().map(|open| open.entries.len()).sum())?;
        opened.into_iter().for_each(|open| gathering.add_block(open));
        Ok(self.told(gathering))
    }

    /// Counts messages that there is no room for, which is told with what is handed over next.
    pub(crate) fn lose(&self, batch: &Batch<'_>) {
        let mut gathering = self.gathering();
        gathering.lose(batch);
        self.told(gathering);
    }

    fn gathering(&self) -> MutexGuard<'_, Gathering> {
        self.gathering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self, gathering: MutexGuard<'_, Gathering>) -> Ticket {
        let ticket = Ticket(self.written.borrow().next);
        drop(gathering);
        self.something.notify_one();
        ticket
    }

    /// Why nothing more should come in at present, if that is so.
    ///
    /// # Errors
    /// The reason.
    pub(crate) fn check(&self) -> Result<(), Unspooled> {
        match &self.written.borrow().problem {
            Some(problem) => Err(Unspooled::Store(problem.clone())),
            None => Ok(()),
        }
    }

    /// Bytes that came in and are not on the disk.
    pub(crate) fn waiting_bytes(&self) -> usize {
        // Nothing goes from one to the other while the first is held.
        let gathering = self.gathering();
        gathering.bytes() + self.written.borrow().bytes
    }

    /// Waits until everything that was added up to `ticket` is durable.
    ///
    /// # Errors
    /// [`Unspooled::Store`]: the disk does not take it at present. It may become durable later.
    pub(crate) async fn written(&self, ticket: Ticket) -> Result<(), Unspooled> {
        let mut written = self.written.subscribe();
        self.urgent.notify_one();
        // The sender lives as long as `self`.
        let reached = written.wait_for(|written| written.done >= ticket.0 || written.problem.is_some()).await;
        let Ok(reached) = reached else { return Ok(()) };
        match &reached.problem {
            Some(problem) if reached.done < ticket.0 => Err(Unspooled::Store(problem.clone())),
            _ => Ok(()),
        }
    }

    /// What is not acknowledged.
    pub(crate) async fn backlog(&self) -> Backlog {
        self.spooled.lock().await.backlog()
    }

    /// The oldest blocks that are not acknowledged, up to about so many bytes.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn next(&self, bytes: usize) -> store::Result<Outgoing> {
        let mut spooled = self.spooled.lock().await;
        let bytes = bytes.min(self.bounds.delivery_bytes());
        let (blocks, last) = spooled.next(self.store.as_ref(), bytes).await?;
        let delivery =
            Delivery::new(self.identity.clone(), self.clock.now(), spooled.backlog_behind(), blocks);
        Ok(Outgoing { delivery, last })
    }

    /// Forgets everything up to this block, which was handed over. A block that was not handed over by this run is left
    /// alone: it will be once more.
    pub(crate) async fn acknowledge(&self, place: Place) {
        self.spooled.lock().await.acknowledge(self.store.as_ref(), place).await;
    }

    /// What was given away last did not arrive: it may be dropped as everything else.
    pub(crate) async fn take_back(&self) {
        self.spooled.lock().await.take_back();
    }

    /// Waits until there is something to hand over, but not longer than this.
    pub(crate) async fn wait(&self, patience: Duration) {
        let mut written = self.written.subscribe();
        let something = async {
            // What was written before is seen by looking, what is written later by the change.
            while self.backlog_is_empty().await && written.changed().await.is_ok() {}
        };
        // It is the same to the caller whether there is nothing.
        let _ = timeout(patience, something).await;
    }

    async fn backlog_is_empty(&self) -> bool {
        self.spooled.lock().await.is_empty()
    }
}

/// The id in the store, drawn if it has none.
async fn identity(store: &dyn Store) -> store::Result<u64> {
    if let Some(known) = store.get(IDENTITY).await? {
        return document::decode(IDENTITY, &known.value);
    }
    let id = random()?;
    store.put(IDENTITY, None, document::encode(&id, IDENTITY)?).await?;
    Ok(id)
}

fn random() -> store::Result<u64> {
    let drawn = getrandom::u64();
    drawn.map_err(|error| {
        StoreError::new(StoreErrorKind::Unavailable, "draw", "a random number".to_owned()).because(error)
    })
}

#[cfg(test)]
mod tests;
