//! A store that fails on purpose, and what has to hold over it all the same.
//!
//! The conformance suite runs over a caller that tries again after every failure. What such a caller can rely on depends
//! on the failure: after one *before* anything happened, on everything. After one where the answer was *lost*, though it
//! was done, only on what may be done twice: reading, dropping a stream, and all that is done to leases. A block that
//! is appended again is there twice; a document that is put again conflicts. So answers to those are not lost in the
//! suite, nor are appends torn, which a back end must never do. The server has to bear even that, because an event is
//! a fold of its marks, which may come twice: `the_server_over_it_loses_nothing` has it all.

mod plan;
mod server;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::yield_now;
use upto_server::clock::{Clock, ManualClock};
use upto_server::store::{
    Append, Block, Claim, Cursor, Document, Documents, Lease, Leases, Log, Queue, Result, Run, Store,
    StoreError, StoreErrorKind,
};

pub(super) use self::plan::Plan;
use self::plan::{Fault, Repeating};
use super::backend::Backend;

/// Does to `inner` what the plan says.
pub(super) struct FaultyStore {
    inner: Arc<dyn Store>,
    plan: Plan,
    /// What delays go by. It stands still unless somebody waits.
    clock: ManualClock,
    /// Whether the caller tries again.
    is_persistent: bool,
}

type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

impl FaultyStore {
    pub(super) fn new(inner: Arc<dyn Store>, plan: Plan) -> Self {
        FaultyStore { inner, plan, clock: ManualClock::new(0), is_persistent: false }
    }

    fn for_a_persistent_caller(inner: Arc<dyn Store>, plan: Plan) -> Self {
        FaultyStore { is_persistent: true, ..FaultyStore::new(inner, plan) }
    }

    async fn run<'a, T: Send>(
        &self,
        repeating: Repeating,
        work: impl Fn() -> Work<'a, T> + Send + Sync,
    ) -> Result<T> {
        loop {
            match self.attempt(repeating, &work).await {
                Err(error) if error.is_temporary() && self.is_persistent => yield_now().await,
                done => return done,
            }
        }
    }

    async fn attempt<'a, T: Send>(
        &self,
        repeating: Repeating,
        work: &(impl Fn() -> Work<'a, T> + Send + Sync),
    ) -> Result<T> {
        match self.plan.next(repeating) {
            Fault::None => work().await,
            Fault::Before | Fault::Torn => Err(failure("it was refused on purpose")),
            Fault::Lost => work().await.and_then(|_| Err(failure("the answer was lost on purpose"))),
            Fault::Delay(time) => {
                self.wait(time).await;
                work().await
            }
        }
    }

    /// Every turn of somebody who waits takes a millisecond of the clock, so that others get between.
    async fn wait(&self, time: Duration) {
        let until = self.clock.now() + i64::try_from(time.as_nanos()).expect("a short time");
        while self.clock.now() < until {
            self.clock.advance(Duration::from_millis(1));
            yield_now().await;
        }
    }
}

fn failure(reason: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "use", "the faulty store").because(reason)
}

#[async_trait]
impl Store for FaultyStore {
    fn description(&self) -> String {
        self.inner.description()
    }

    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    async fn compact(&self) -> Result<()> {
        self.run(Repeating::IsHarmless, || self.inner.compact()).await
    }
}

#[async_trait]
impl Log for FaultyStore {
    async fn append(&self, appends: Vec<Append>) -> Result<()> {
        if self.plan.tears() {
            let torn = appends[..appends.len() / 2].to_vec();
            self.inner.append(torn).await?;
            return Err(failure("the append was torn on purpose"));
        }
        self.run(Repeating::Matters, || self.inner.append(appends.clone())).await
    }

    async fn read(&self, stream: &str, after: Cursor, limit: usize) -> Result<Vec<Block>> {
        self.run(Repeating::IsHarmless, || self.inner.read(stream, after, limit)).await
    }

    async fn replace(&self, stream: &str, run: Run, block: Vec<u8>) -> Result<bool> {
        self.run(Repeating::Matters, || self.inner.replace(stream, run, block.clone())).await
    }

    async fn drop_stream(&self, stream: &str) -> Result<()> {
        self.run(Repeating::IsHarmless, || self.inner.drop_stream(stream)).await
    }
}

#[async_trait]
impl Documents for FaultyStore {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        self.run(Repeating::IsHarmless, || self.inner.get(key)).await
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        self.run(Repeating::Matters, || self.inner.put(key, expected, value.clone())).await
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        self.run(Repeating::Matters, || self.inner.delete(key, expected)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        self.run(Repeating::IsHarmless, || self.inner.list(prefix, after, limit)).await
    }
}

#[async_trait]
impl Queue for FaultyStore {
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64> {
        self.run(Repeating::Matters, || self.inner.push(queue, payload.clone())).await
    }

    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>> {
        self.run(Repeating::Matters, || self.inner.claim(queue, limit, hold)).await
    }

    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool> {
        self.run(Repeating::Matters, || self.inner.acknowledge(queue, claim)).await
    }

    async fn reclaim(&self, queue: &str) -> Result<usize> {
        self.run(Repeating::Matters, || self.inner.reclaim(queue)).await
    }
}

#[async_trait]
impl Leases for FaultyStore {
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>> {
        self.run(Repeating::IsHarmless, || self.inner.acquire(name, owner, hold)).await
    }

    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool> {
        self.run(Repeating::IsHarmless, || self.inner.renew(lease, hold)).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.run(Repeating::IsHarmless, || self.inner.release(lease)).await
    }
}

/// A back end that fails every now and then, for a caller who tries again.
pub(super) struct Faulty<B>(B);

impl<B: Backend> Backend for Faulty<B> {
    fn fresh() -> Self {
        Faulty(B::fresh())
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        let plan = Plan::for_callers_who_try_again();
        plan.begin();
        Arc::new(FaultyStore::for_a_persistent_caller(self.0.open(clock).await, plan))
    }
}
