//! A store in memory that a test can block, as a disk or a network may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use upto_server::clock::SystemClock;
use upto_server::store::{
    Append, Block, Claim, Cursor, Document, Documents, Lease, Leases, Log, MemoryStore, Queue, Result, Run,
    Store,
};

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

/// In memory, with a gate before appending and one before reading, both open at first.
pub(crate) struct GatedStore {
    inner: MemoryStore,
    pub(crate) appends: Gate,
    pub(crate) reads: Gate,
    is_shared: bool,
    gets: AtomicU64,
    lists: AtomicU64,
}

impl GatedStore {
    pub(crate) fn new() -> Self {
        let inner = MemoryStore::new(Arc::new(SystemClock));
        let (appends, reads) = (Gate::open_one(), Gate::open_one());
        let (gets, lists) = (AtomicU64::new(0), AtomicU64::new(0));
        GatedStore { inner, appends, reads, is_shared: false, gets, lists }
    }

    /// One that several servers use.
    pub(crate) fn shared() -> Self {
        GatedStore { is_shared: true, ..GatedStore::new() }
    }

    /// How often a document was read, and how often documents were listed.
    pub(crate) fn gets_and_lists(&self) -> (u64, u64) {
        (self.gets.load(Ordering::Relaxed), self.lists.load(Ordering::Relaxed))
    }
}

impl Store for GatedStore {
    fn description(&self) -> String {
        self.inner.description()
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }
}

#[async_trait]
impl Log for GatedStore {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        self.appends.pass().await;
        self.inner.append(appends).await
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        self.reads.pass().await;
        self.inner.read(stream, after, limit).await
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        self.inner.replace(stream, run, block).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        self.inner.drop_stream(stream).await
    }
}

#[async_trait]
impl Documents for GatedStore {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        self.inner.put(key, expected, value).await
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        self.inner.delete(key, expected).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        self.inner.list(prefix, after, limit).await
    }
}

#[async_trait]
impl Queue for GatedStore {
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64> {
        self.inner.push(queue, payload).await
    }

    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>> {
        self.inner.claim(queue, limit, hold).await
    }

    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool> {
        self.inner.acknowledge(queue, claim).await
    }

    async fn reclaim(&self, queue: &str) -> Result<usize> {
        self.inner.reclaim(queue).await
    }
}

#[async_trait]
impl Leases for GatedStore {
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>> {
        self.inner.acquire(name, owner, hold).await
    }

    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool> {
        self.inner.renew(lease, hold).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.inner.release(lease).await
    }
}
