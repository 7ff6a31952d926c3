//! Telling who watches what was stored.
//!
//! Each commit is one piece of news, which all readers share. Who is too slow for them is told how many they missed, and
//! reads what it wants where it is kept.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::super::model::Record;
use super::cluster::Cluster;

/// Commits that a reader may be behind.
const COMMITS: usize = 64;

/// A probe that was stored.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) record: Arc<Record>,
}

/// What a reader is told.
pub(crate) enum News {
    /// These were stored.
    Stored(Arc<[Told]>),
    /// The reader was too slow: some were stored, and it has to look for itself.
    Behind,
}

/// Who watches.
pub(crate) struct Feed {
    readers: broadcast::Sender<Arc<[Told]>>,
    /// What belongs to the commit that is being done.
    gathered: Mutex<Vec<Told>>,
}

/// Somebody who watches.
pub(crate) struct Reader(broadcast::Receiver<Arc<[Told]>>);

impl Default for Feed {
    fn default() -> Self {
        Feed { readers: broadcast::Sender::new(COMMITS), gathered: Mutex::default() }
    }
}

impl Feed {
    /// What is stored from now on is told.
    pub(crate) fn subscribe(&self) -> Reader {
        Reader(self.readers.subscribe())
    }

    pub(super) fn add(&self, told: impl Iterator<Item = Told>) {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).extend(told);
    }

    /// Tells what was gathered.
    pub(super) fn flush(&self) {
        let gathered = std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        if !gathered.is_empty() {
            // There may be nobody.
            let _ = self.readers.send(gathered.into());
        }
    }
}

impl Reader {
    /// Waits for the next news.
    pub(crate) async fn next(&mut self) -> News {
        match self.0.recv().await {
            Ok(told) => News::Stored(told),
            Err(RecvError::Lagged(_)) => News::Behind,
            // Ends with the server, which stops its readers before that.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
