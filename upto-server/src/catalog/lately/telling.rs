//! Saying what was stored here.

use std::time::{Duration, Instant};

use super::document::LatelyDocument;
use super::{Lately, PREFIX};
use crate::live::Position;
use crate::store::{Result, Store, StoreErrorKind};

/// How often a server says that it is there, if it says nothing else.
const ALIVE: Duration = Duration::from_secs(5);

/// What this server tells.
pub(in crate::catalog) struct Telling {
    key: String,
    /// The version of the document, once there is one.
    version: Option<u64>,
    told: LatelyDocument,
    /// When that was.
    at: Option<Instant>,
}

impl Telling {
    pub(in crate::catalog) fn new() -> Self {
        // No other server has it.
        let key = format!("{PREFIX}{}", Position::beginning());
        Telling { key, version: None, told: LatelyDocument::default(), at: None }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Tells what was stored, if anything was, or if it is time to say something.
    ///
    /// # Errors
    /// What the store says. Then it is told the next time.
    pub(in crate::catalog) async fn tell(
        &mut self,
        lately: &Lately,
        store: &dyn Store,
        now: Instant,
    ) -> Result<()> {
        let stored = lately.take();
        let is_silent = self.at.is_none_or(|at| now.saturating_duration_since(at) >= ALIVE);
        if stored.is_empty() && !is_silent {
            return Ok(());
        }
        let mut next = self.told.clone();
        match stored.is_empty() {
            true => next.rest(),
            false => next.add(&stored),
        }
        let put = self.put(store, &next).await;
        match put {
            Ok(version) => (self.version, self.told, self.at) = (Some(version), next, Some(now)),
            Err(_) => lately.give_back(stored),
        }
        put.map(drop)
    }

    async fn put(&self, store: &dyn Store, document: &LatelyDocument) -> Result<u64> {
        let bytes = document.encode(&self.key)?;
        match store.put(&self.key, self.version, bytes.clone()).await {
            // Somebody took this server for dead, or its last word was stored after all.
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                let version = store.get(&self.key).await?.map(|document| document.version);
                store.put(&self.key, version, bytes).await
            }
            done => done,
        }
    }
}
