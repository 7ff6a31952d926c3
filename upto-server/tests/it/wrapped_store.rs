//! A store around another one, which does something to its operations: fails them, delays them, counts them.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use upto_server::store::{
    Append, Block, Claim, Cursor, Document, Documents, Lease, Leases, Log, Queue, Result, Run, Store,
    StoreError, StoreErrorKind,
};

/// An operation of the store within.
pub(crate) type Work<'w, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'w>>;

/// Which operation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Compact,
    Append,
    Read,
    Replace,
    DropStream,
    Streams,
    Get,
    Put,
    Delete,
    List,
    Push,
    Claim,
    Acknowledge,
    Reclaim,
    Waiting,
    Acquire,
    Renew,
    Release,
}

/// What is done to operations.
pub(crate) trait Rule: Send + Sync + 'static {
    /// Does an operation, or not, or several times; what comes of it.
    fn around<'w, T: Send>(
        &self,
        call: Call,
        work: impl Fn() -> Work<'w, T> + Send + Sync,
    ) -> impl Future<Output = Result<T>> + Send;

    /// The part of an append that is done before it fails, if it is torn.
    fn torn(&self, _appends: &[Append]) -> Option<Vec<Append>> {
        None
    }

    /// Why these can't be appended, whatever else can be.
    fn refuses(&self, _appends: &[Append]) -> Option<StoreError> {
        None
    }

    /// Whether other servers may use the same, where the store within says `inner`.
    fn is_shared(&self, inner: bool) -> bool {
        inner
    }
}

/// A store, and what is done to its operations.
#[derive(Clone)]
pub(crate) struct Wrapped<R> {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) rule: R,
}

impl<R> Deref for Wrapped<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.rule
    }
}

#[async_trait]
impl<R: Rule> Store for Wrapped<R> {
    fn description(&self) -> String {
        self.inner.description()
    }

    fn is_shared(&self) -> bool {
        self.rule.is_shared(self.inner.is_shared())
    }

    async fn compact(&self) -> Result<()> {
        self.rule.around(Call::Compact, || self.inner.compact()).await
    }
}

#[async_trait]
impl<R: Rule> Log for Wrapped<R> {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        if let Some(torn) = self.rule.torn(&appends) {
            self.inner.append(torn).await?;
            return Err(failure("the append was torn on purpose"));
        }
        if let Some(refusal) = self.rule.refuses(&appends) {
            return Err(refusal);
        }
        self.rule.around(Call::Append, || self.inner.append(appends.clone())).await
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        self.rule.around(Call::Read, || self.inner.read(stream, after, limit)).await
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        self.rule.around(Call::Replace, || self.inner.replace(stream, run, block.clone())).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        self.rule.around(Call::DropStream, || self.inner.drop_stream(stream)).await
    }

    async fn streams(&self) -> Result<Vec<String>> {
        self.rule.around(Call::Streams, || self.inner.streams()).await
    }
}

#[async_trait]
impl<R: Rule> Documents for Wrapped<R> {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        self.rule.around(Call::Get, || self.inner.get(key)).await
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        self.rule.around(Call::Put, || self.inner.put(key, expected, value.clone())).await
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        self.rule.around(Call::Delete, || self.inner.delete(key, expected)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        self.rule.around(Call::List, || self.inner.list(prefix, after, limit)).await
    }
}

#[async_trait]
impl<R: Rule> Queue for Wrapped<R> {
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64> {
        self.rule.around(Call::Push, || self.inner.push(queue, payload.clone())).await
    }

    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>> {
        self.rule.around(Call::Claim, || self.inner.claim(queue, limit, hold)).await
    }

    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool> {
        self.rule.around(Call::Acknowledge, || self.inner.acknowledge(queue, claim)).await
    }

    async fn reclaim(&self, queue: &str) -> Result<usize> {
        self.rule.around(Call::Reclaim, || self.inner.reclaim(queue)).await
    }

    async fn waiting(&self, queue: &str) -> Result<u64> {
        self.rule.around(Call::Waiting, || self.inner.waiting(queue)).await
    }
}

#[async_trait]
impl<R: Rule> Leases for Wrapped<R> {
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>> {
        self.rule.around(Call::Acquire, || self.inner.acquire(name, owner, hold)).await
    }

    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool> {
        self.rule.around(Call::Renew, || self.inner.renew(lease, hold)).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.rule.around(Call::Release, || self.inner.release(lease)).await
    }
}

/// What a store says that can't be reached.
pub(crate) fn failure(reason: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "use", "the store").because(reason)
}
