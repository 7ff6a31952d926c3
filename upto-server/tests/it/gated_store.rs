//! A store in memory that a test can block, as a disk or a network may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;
use upto_server::clock::SystemClock;
use upto_server::store::{MemoryStore, Result, Store};

use crate::wrapped_store::{Call, Rule, Work, Wrapped};

pub(crate) type GatedStore = Wrapped<Gates>;

/// Blocks whoever comes until it is opened.
#[derive(Clone)]
pub(crate) struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    fn open_one() -> Self {
        Gate(Arc::new(watch::Sender::new(true)))
    }

    pub(crate) fn close(&self) {
        self.0.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    async fn pass(&self) {
        self.0.subscribe().wait_for(|is_open| *is_open).await.expect("the gate is there");
    }
}

/// A gate before appending and one before reading, both open at first.
pub(crate) struct Gates {
    pub(crate) appends: Gate,
    pub(crate) reads: Gate,
    is_shared: bool,
    gets: AtomicU64,
    lists: AtomicU64,
}

impl GatedStore {
    pub(crate) fn new() -> Self {
        Self::with(memory(), false)
    }

    /// One that several servers use.
    pub(crate) fn shared() -> Self {
        Self::with(memory(), true)
    }

    /// Another way to a store that several servers use.
    pub(crate) fn shared_on(inner: Arc<dyn Store>) -> Self {
        Self::with(inner, true)
    }

    fn with(inner: Arc<dyn Store>, is_shared: bool) -> Self {
        let (appends, reads) = (Gate::open_one(), Gate::open_one());
        let (gets, lists) = (AtomicU64::new(0), AtomicU64::new(0));
        let rule = Gates { appends, reads, is_shared, gets, lists };
        Wrapped { inner, rule }
    }
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(Arc::new(SystemClock)))
}

impl Gates {
    /// How often a document was read, and how often documents were listed.
    pub(crate) fn gets_and_lists(&self) -> (u64, u64) {
        (self.gets.load(Ordering::Relaxed), self.lists.load(Ordering::Relaxed))
    }
}

impl Rule for Gates {
    async fn around<'w, T: Send>(
        &self,
        call: Call,
        work: impl Fn() -> Work<'w, T> + Send + Sync,
    ) -> Result<T> {
        match call {
            Call::Append => self.appends.pass().await,
            Call::Read => self.reads.pass().await,
            Call::Get => _ = self.gets.fetch_add(1, Ordering::Relaxed),
            Call::List => _ = self.lists.fetch_add(1, Ordering::Relaxed),
            _ => {}
        }
        work().await
    }

    fn is_shared(&self, _inner: bool) -> bool {
        self.is_shared
    }
}
