//! A store in memory that several servers may share, and that can be cut off after so many changes: what a server that
//! is killed then leaves behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use upto_server::clock::SystemClock;
use upto_server::store::{
    Append, Block, Claim, Cursor, Document, Documents, Lease, Leases, Log, MemoryStore, Queue, Result, Run,
    Store, StoreError, StoreErrorKind,
};

#[derive(Clone)]
pub(crate) struct CutStore {
    inner: Arc<MemoryStore>,
    /// Changes that are still made.
    left: Arc<AtomicUsize>,
}

impl CutStore {
    pub(crate) fn new() -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        CutStore { inner: Arc::new(MemoryStore::new(Arc::new(SystemClock))), left }
    }

    /// The same place, in which nothing fails.
    pub(crate) fn whole(&self) -> Self {
        CutStore { inner: self.inner.clone(), left: Arc::new(AtomicUsize::new(usize::MAX)) }
    }

    /// So many changes are made from now on.
    pub(crate) fn cut_after(&self, changes: usize) {
        self.left.store(changes, Ordering::SeqCst);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }

    fn change(&self) -> Result<()> {
        let one_less = |left: usize| left.checked_sub(1);
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
            Ok(_) => Ok(()),
            Err(_) => {
                Err(StoreError::new(StoreErrorKind::Unavailable, "use", "the store").because("it is cut off"))
            }
        }
    }
}

impl Store for CutStore {
    fn description(&self) -> String {
        self.inner.description()
    }

    fn is_shared(&self) -> bool {
        true
    }
}

#[async_trait]
impl Log for CutStore {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        self.change()?;
        self.inner.append(appends).await
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        self.inner.read(stream, after, limit).await
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        self.change()?;
        self.inner.replace(stream, run, block).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        self.change()?;
        self.inner.drop_stream(stream).await
    }
}

#[async_trait]
impl Documents for CutStore {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        self.change()?;
        self.inner.put(key, expected, value).await
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        self.change()?;
        self.inner.delete(key, expected).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        self.inner.list(prefix, after, limit).await
    }
}

#[async_trait]
impl Queue for CutStore {
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
impl Leases for CutStore {
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
