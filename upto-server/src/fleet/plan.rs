//! What all workers have to know: the checks, and how long everything may take. Who schedules writes it, so it is
//! configured in one place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::check::Check;
use crate::catalog::document;
use crate::store::{Result, Store, StoreErrorKind};

/// How long it takes at most until a host hears of a check, and to tell what came of it.
pub(crate) const ON_THE_WAY: Duration = Duration::from_millis(500);

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

    /// How long a host may take for a check: so long that what others said is not old by then, and no other worker does
    /// the task.
    pub(crate) fn deadline_of(&self, check: &Check) -> Duration {
        match check.timeout {
            // The host says itself that it took too long.
            Some(timeout) => (timeout + ON_THE_WAY).min(self.claim / 2),
            None => self.deadline.min(check.period / 2),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_has_the_time_that_it_says_and_no_worker_waits_longer_than_its_claim() {
        let second = Duration::from_secs;
        let plan = Plan { deadline: second(1), claim: second(10), ..Plan::default() };
        let deadline = |period, timeout| {
            let timeout = Option::map(timeout, Duration::from_secs);
            plan.deadline_of(&Check {
                name: "c".into(),
                unit: String::new(),
                period: second(period),
                timeout,
            })
        };
        assert_eq!((deadline(1, None), deadline(60, None)), (second(1) / 2, second(1)));
        assert_eq!((deadline(5, Some(2)), deadline(60, Some(30))), (second(2) + ON_THE_WAY, second(5)));
    }
}
