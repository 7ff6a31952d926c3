//! What all workers have to know: the checks, and how long everything may take. Who schedules writes it, so it is
//! configured in one place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::check::Check;
use crate::catalog::document;
use crate::store::{Result, Store, StoreErrorKind};

/// Where it is.
pub(super) const KEY: &str = "fleet-plan";

/// What is asked for, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The checks.
    pub(crate) checks: Vec<Check>,
    /// How long a host may take.
    pub(crate) deadline: Duration,
    /// After what time a task goes to another worker.
    pub(crate) claim: Duration,
    /// For how long a host is there that said so.
    pub(crate) lease: Duration,
}

impl Plan {
    /// The check of this name.
    pub(crate) fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// How long a host may take for a check: so long that what others said is not old by then.
    pub(crate) fn deadline_of(&self, check: &Check) -> Duration {
        self.deadline.min(check.period / 2)
    }

    /// The one that is stored, if there is one.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn read(store: &dyn Store) -> Result<Option<Self>> {
        let stored = store.get(KEY).await?;
        stored.map(|stored| document::decode(KEY, &stored.value)).transpose()
    }

    /// Stores it, unless it is what is there.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn write(&self, store: &dyn Store) -> Result<()> {
        let (stored, value) = (store.get(KEY).await?, document::encode(self, KEY)?);
        if stored.as_ref().is_some_and(|stored| stored.value == value) {
            return Ok(());
        }
        match store.put(KEY, stored.map(|stored| stored.version), value).await {
            // Somebody else schedules by now.
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
            done => done.map(drop),
        }
    }
}
