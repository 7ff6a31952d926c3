//! A store that fails on purpose, and what has to hold over it all the same.
//!
//! The conformance suite runs over a caller that tries again after every failure. What such a caller can rely on depends
//! on the failure: after one *before* anything happened, on everything. After one where the answer was *lost*, though it
//! was done, only on what may be done twice: reading, dropping a stream, and all that is done to leases. A block that
//! is appended again is there twice; a document that is put again conflicts. So answers to those are not lost in the
//! suite, nor are appends torn, which a back end must never do. The server has to bear even that, because an event is
//! a fold of its marks, which may come twice: `timelines/failing.rs` has it all.

mod plan;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use upto_server::clock::{Clock, ManualClock};
use upto_server::store::{Append, Result, Store};

pub(super) use self::plan::Plan;
use self::plan::{Fault, Repeating};
use super::backend::Backend;
use crate::wrapped_store::{Call, Rule, Work, Wrapped, failure};

pub(super) type FaultyStore = Wrapped<Faults>;

/// Does to operations what the plan says.
pub(super) struct Faults {
    pub(super) plan: Plan,
    /// What delays go by. It stands still unless somebody waits.
    clock: ManualClock,
    /// Whether the caller tries again.
    is_persistent: bool,
}

impl FaultyStore {
    pub(super) fn around(inner: Arc<dyn Store>, plan: Plan) -> Self {
        Wrapped { inner, rule: Faults { plan, clock: ManualClock::new(0), is_persistent: false } }
    }

    fn for_a_persistent_caller(inner: Arc<dyn Store>, plan: Plan) -> Self {
        Wrapped { inner, rule: Faults { plan, clock: ManualClock::new(0), is_persistent: true } }
    }
}

impl Rule for Faults {
    async fn around<'w, T: Send>(
        &self,
        call: Call,
        work: impl Fn() -> Work<'w, T> + Send + Sync,
    ) -> Result<T> {
        loop {
            match self.attempt(repeating(call), &work).await {
                Err(error) if error.is_temporary() && self.is_persistent => yield_now().await,
                done => return done,
            }
        }
    }

    fn torn(&self, appends: &[Append]) -> Option<Vec<Append>> {
        self.plan.tears().then(|| appends[..appends.len() / 2].to_vec())
    }
}

impl Faults {
    async fn attempt<'w, T: Send>(
        &self,
        repeating: Repeating,
        work: &(impl Fn() -> Work<'w, T> + Send + Sync),
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

/// Whether this may be done twice, and nothing comes of it.
fn repeating(call: Call) -> Repeating {
    use Call::{Acknowledge, Append, Claim, Delete, Push, Put, Reclaim, Replace};
    match call {
        Append | Replace | Put | Delete | Push | Claim | Acknowledge | Reclaim => Repeating::Matters,
        _ => Repeating::IsHarmless,
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
