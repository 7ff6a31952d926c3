//! A store of one's own: around another one, it counts what is appended.
//!
//! A whole back end implements the same four traits on its own; the conformance suite of `upto-server` tells whether it does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use upto_server::store::{
    Append, Block, Claim, Cursor, Document, Documents, Lease, Leases, Log, Queue, Result, Run, Store,
};

/// Bytes by what they are for, which is how names of streams begin: `marks` of timelines, `probes`, `fleet-results`.
type Bytes = BTreeMap<String, usize>;

/// A store, and how much was appended to its streams since it was opened.
pub(crate) struct Counted {
    inner: Arc<dyn Store>,
    appended: Mutex<Bytes>,
}

impl Counted {
    pub(crate) fn around(inner: Arc<dyn Store>) -> Self {
        Counted { inner, appended: Mutex::default() }
    }

    pub(crate) fn appended_bytes(&self) -> Bytes {
        self.appended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, appended: Bytes) {
        let mut all = self.appended.lock().unwrap_or_else(PoisonError::into_inner);
        appended.into_iter().for_each(|(kind, bytes)| *all.entry(kind).or_default() += bytes);
    }
}

fn bytes_of(appends: &[Append]) -> Bytes {
    let mut bytes = Bytes::new();
    for Append { stream, block } in appends {
        let kind = stream.split('/').next().unwrap_or_default();
        *bytes.entry(kind.to_owned()).or_default() += block.len();
    }
    bytes
}

#[async_trait]
impl Store for Counted {
    fn description(&self) -> String {
        format!("counted {}", self.inner.description())
    }

    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }
}

#[async_trait]
impl Log for Counted {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        let bytes = bytes_of(&appends);
        self.inner.append(appends).await?;
        self.count(bytes);
        Ok(())
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        self.inner.read(stream, after, limit).await
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        self.inner.replace(stream, run, block).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        self.inner.drop_stream(stream).await
    }

    async fn streams(&self) -> Result<Vec<String>> {
        self.inner.streams().await
    }
}

#[async_trait]
impl Documents for Counted {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        self.inner.put(key, expected, value).await
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        self.inner.delete(key, expected).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        self.inner.list(prefix, after, limit).await
    }
}

#[async_trait]
impl Queue for Counted {
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

    async fn waiting(&self, queue: &str) -> Result<u64> {
        self.inner.waiting(queue).await
    }
}

#[async_trait]
impl Leases for Counted {
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
