//! Following the journal: what is added, as it is added.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::hours::Hour;
use super::{Entry, Journal};
use crate::catalog::document;
use crate::live::Position;
use crate::store::{Cursor, Result};

/// How often it is looked what other servers have added.
const LOOK: Duration = Duration::from_millis(500);
/// Blocks that are read at a time.
const BLOCKS: usize = 16;

/// Somebody who follows the journal.
pub(crate) struct Follower {
    stored: watch::Receiver<u64>,
    hour: Hour,
    after: Cursor,
    is_shared: bool,
}

/// What was added: lines of one block, and up to where that is.
pub(crate) struct Told {
    pub(crate) entries: Vec<Entry>,
    pub(crate) position: Position,
}

impl Journal {
    /// Follows from a place on, or from now on.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn follow(&self, from: Option<Position>) -> Result<Follower> {
        let stored = self.stored.subscribe();
        let is_shared = self.store.is_shared();
        if let Some((hour, after)) = from.and_then(parts) {
            return Ok(Follower { stored, hour, after, is_shared });
        }
        let hour = Hour::of(self.clock.now());
        let mut follower = Follower { stored, hour, after: Cursor::START, is_shared };
        while let Some(last) = self.store.read(&hour.stream(), follower.after, BLOCKS).await?.last() {
            follower.after = last.cursor;
        }
        Ok(follower)
    }

    /// What was added since, at once; empty if there is nothing.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn added(&self, follower: &mut Follower) -> Result<Vec<Told>> {
        // Looked at before the store is: what is added to that hour later is not missed.
        let now = Hour::of(self.clock.now());
        let stream = follower.hour.stream();
        let mut told = Vec::new();
        for block in self.store.read(&stream, follower.after, BLOCKS).await? {
            follower.after = block.cursor;
            let entries = document::decode(&stream, &block.bytes)?;
            told.push(Told { entries, position: follower.position() });
        }
        if told.is_empty() && follower.hour < now {
            (follower.hour, follower.after) = (follower.next_hour(self, now).await?, Cursor::START);
        }
        Ok(told)
    }
}

impl Follower {
    /// Up to where was told.
    pub(crate) fn position(&self) -> Position {
        format!("{:x}-{:x}", self.hour.0, self.after.0).parse().unwrap_or(Position::NOWHERE)
    }

    /// Waits until there may be more.
    pub(crate) async fn changed(&mut self) {
        if self.is_shared {
            // Nobody tells what others add.
            let _ = timeout(LOOK, self.stored.changed()).await;
        } else {
            let _ = self.stored.changed().await;
        }
    }

    /// The next hour that has lines, or the present one.
    async fn next_hour(&self, journal: &Journal, now: Hour) -> Result<Hour> {
        let hours = journal.list_hours().await?;
        Ok(hours.into_keys().find(|hour| *hour > self.hour).unwrap_or(now).min(now))
    }
}

fn parts(position: Position) -> Option<(Hour, Cursor)> {
    let text = position.to_string();
    let (hour, after) = text.split_once('-')?;
    let read = |digits| u64::from_str_radix(digits, 16).ok();
    let hour = read(hour).filter(|hour| *hour > 0)?;
    Some((Hour(hour), Cursor(read(after)?)))
}
