//! The journal: lines that services and the server itself write, kept by time and size.
//!
//! Each hour has a stream of its own, so that what is old is dropped whole and a question reads no more than the hours
//! that it is about. A document per hour says that there is one, and about how much is in it.

mod entry;
mod follow;
mod hours;
mod query;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

pub(crate) use self::entry::{Entry, EntryFault};
pub(crate) use self::follow::Follower;
use self::hours::{Hour, Hours};
pub(crate) use self::hours::{is_stream, readable_block, streams};
pub(crate) use self::query::{Filter, Place, pattern_fault};
use self::write::Waiting;
use crate::clock::Clock;
use crate::store::{Result, Store};

/// How long lines gather when nobody waits for them.
const GATHER: Duration = Duration::from_millis(50);
/// How long after a refusal the store is asked again.
const RETRY: Duration = Duration::from_millis(500);
/// Bytes of lines that may wait for the store.
const WAITING_BYTES: usize = 8 << 20;

/// How much of the journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) age: Duration,
    pub(crate) bytes: u64,
}

/// The journal of a store.
pub(crate) struct Journal {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Waiting>,
    hours: Mutex<Hours>,
    something: Notify,
    urgent: Notify,
    /// The number of lines that are stored.
    stored: watch::Sender<u64>,
}

impl Journal {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let (waiting, hours) = Default::default();
        let (something, urgent, stored) = (Notify::new(), Notify::new(), watch::Sender::new(0));
        Journal { store, clock, waiting, hours, something, urgent, stored }
    }

    /// Adds a line, stamped with the present time; `None`: too much waits for the store. Its number is for
    /// [`stored`](Self::stored).
    pub(crate) fn add(&self, service: &str, level: i32, message: &str, is_alert: bool) -> Option<u64> {
        let (service, message) = (service.to_owned(), message.to_owned());
        let entry = Entry { time: self.clock.now(), service, level, message, alert: is_alert };
        let number = lock(&self.waiting).push(entry)?;
        self.something.notify_one();
        Some(number)
    }

    /// Waits until the line with this number is durable.
    pub(crate) async fn stored(&self, number: u64) {
        let mut stored = self.stored.subscribe();
        self.urgent.notify_one();
        // The sender lives as long as `self`, so waiting can't fail.
        let _ = stored.wait_for(|stored| *stored >= number).await;
    }

    /// Whether lines of so many bytes may be added.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        lock(&self.waiting).has_room_for(bytes)
    }

    /// Waits until some of what waits was stored.
    pub(crate) async fn has_room(&self) {
        let mut stored = self.stored.subscribe();
        self.urgent.notify_one();
        let _ = stored.changed().await;
    }

    /// Stores what is added, until `stop` is told; then once more.
    pub(crate) async fn write(&self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.gathered() => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
            let is_last = *stop.borrow();
            if self.store_waiting().await.is_err() && !is_last {
                tokio::select! {
                    () = tokio::time::sleep(RETRY) => self.something.notify_one(),
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            }
            if is_last {
                return;
            }
        }
    }

    /// Until there is something that has gathered long enough, or that somebody waits for.
    async fn gathered(&self) {
        tokio::select! {
            () = self.urgent.notified() => {}
            () = self.something.notified() => {
                tokio::select! {
                    () = self.urgent.notified() => {}
                    () = tokio::time::sleep(GATHER) => {}
                }
            }
        }
    }

    async fn store_waiting(&self) -> Result<()> {
        let batch = lock(&self.waiting).take();
        let Err(error) = self.append(&batch).await else {
            self.stored.send_if_modified(|stored| {
                let is_more = batch.through > *stored;
                *stored = batch.through.max(*stored);
                is_more
            });
            return Ok(());
        };
        // They may be stored all the same; a line twice is better than none.
        lock(&self.waiting).put_back(batch);
        Err(error)
    }

    /// Drops the oldest hours that are over what is kept; how many those were.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn sweep(&self, kept: Kept) -> Result<usize> {
        let hours = self.list_hours().await?;
        let now = self.clock.now();
        let age = i64::try_from(kept.age.as_nanos()).unwrap_or(i64::MAX);
        let oldest = Hour::of(now.saturating_sub(age));
        let (mut bytes, mut dropped) = (0_u64, 0);
        for (hour, size) in hours.into_iter().rev() {
            bytes = bytes.saturating_add(size.bytes);
            let is_over = hour < oldest || bytes > kept.bytes;
            // The present hour is being written to.
            if is_over && hour < Hour::of(now) {
                self.drop_hour(hour).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
