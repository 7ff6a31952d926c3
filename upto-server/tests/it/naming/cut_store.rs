//! A store in memory that several servers may share, and that can be cut off after so many changes: what a server that
//! is killed then leaves behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use upto_server::clock::SystemClock;
use upto_server::store::{MemoryStore, Result};

use crate::wrapped_store::{Call, Rule, Work, Wrapped, failure};

pub(crate) type CutStore = Wrapped<Cut>;

/// Changes that are still made.
#[derive(Clone)]
pub(crate) struct Cut(Arc<AtomicUsize>);

impl CutStore {
    pub(crate) fn new() -> Self {
        Wrapped { inner: Arc::new(MemoryStore::new(Arc::new(SystemClock))), rule: Cut::never() }
    }

    /// The same place, in which nothing fails.
    pub(crate) fn whole(&self) -> Self {
        Wrapped { inner: self.inner.clone(), rule: Cut::never() }
    }
}

impl Cut {
    fn never() -> Self {
        Cut(Arc::new(AtomicUsize::new(usize::MAX)))
    }

    /// So many changes are made from now on.
    pub(crate) fn cut_after(&self, changes: usize) {
        self.0.store(changes, Ordering::SeqCst);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }

    fn change(&self) -> Result<()> {
        let one_less = |left: usize| left.checked_sub(1);
        let changed = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        changed.map(drop).map_err(|_| failure("it is cut off"))
    }
}

impl Rule for Cut {
    async fn around<'w, T: Send>(
        &self,
        call: Call,
        work: impl Fn() -> Work<'w, T> + Send + Sync,
    ) -> Result<T> {
        if matches!(call, Call::Append | Call::Replace | Call::DropStream | Call::Put | Call::Delete) {
            self.change()?;
        }
        work().await
    }

    fn is_shared(&self, _inner: bool) -> bool {
        true
    }
}
