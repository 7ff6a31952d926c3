//! The limits of a context, and choosing what is over them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog::document::{self, escaped};
use crate::store::{Result, Store, StoreErrorKind};

/// Documents with the limits of a context begin with this. Then follows its name, escaped.
pub(super) const PREFIX: &str = "retention/";

/// What is kept of a context's timelines. What is `None` has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Remove timelines when nothing happened in them for so long: by the times of their marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<Duration>,
    /// Keep at most so many timelines, the active one included, those that are pinned not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Keep at most so many bytes of marks, as they are stored, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Retention {
    /// True if nothing is ever removed.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        *self == Retention::default()
    }

    /// True if the marks have to be looked at.
    pub(super) fn needs_sizes(&self) -> bool {
        self.bytes.is_some()
    }
}

/// What is known of a timeline that may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// The latest time of a mark, or else when it was opened, in nanoseconds since the epoch.
    pub(super) last: i64,
    pub(super) bytes: u64,
}

/// Which of the timelines are over the limits: their indices. `kept` are those of a context that are not pinned, the
/// oldest first, of which the first `removable` may be removed.
pub(super) fn over(retention: &Retention, kept: &[Kept], removable: usize, now: i64) -> Vec<usize> {
    let mut count = kept.len() as u64;
    let mut bytes: u64 = kept.iter().map(|timeline| timeline.bytes).sum();
    let mut over = Vec::new();
    for (index, timeline) in kept.iter().enumerate().take(removable) {
        let is_over = retention.count.is_some_and(|most| count > most)
            || retention.bytes.is_some_and(|most| bytes > most)
            || retention.age.is_some_and(|age| is_older(timeline.last, age, now));
        if is_over {
            over.push(index);
            count -= 1;
            bytes -= timeline.bytes;
        }
    }
    over
}

/// Whether `time` is more than `age` before `now`.
pub(super) fn is_older(time: i64, age: Duration, now: i64) -> bool {
    let age = i64::try_from(age.as_nanos()).unwrap_or(i64::MAX);
    now.saturating_sub(time) > age
}

/// Whether a document has limits that can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<Retention>(key, value).map(drop))
}

/// The limits that were set for a context.
///
/// # Errors
/// What the store says.
pub(crate) async fn own(store: &dyn Store, context: &str) -> Result<Option<Retention>> {
    let key = key(context);
    let stored = store.get(&key).await?;
    stored.map(|stored| document::decode(&key, &stored.value)).transpose()
}

/// Sets the limits of a context.
///
/// # Errors
/// What the store says.
pub(crate) async fn set(store: &dyn Store, context: &str, retention: &Retention) -> Result<()> {
    let key = key(context);
    let value = document::encode(retention, &key)?;
    loop {
        let version = store.get(&key).await?.map(|stored| stored.version);
        match store.put(&key, version, value.clone()).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => return done.map(drop),
        }
    }
}

/// Forgets the limits of a context: those of the server hold again.
///
/// # Errors
/// What the store says.
pub(crate) async fn reset(store: &dyn Store, context: &str) -> Result<()> {
    let key = key(context);
    while let Some(stored) = store.get(&key).await? {
        match store.delete(&key, stored.version).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => return done,
        }
    }
    Ok(())
}

fn key(context: &str) -> String {
    format!("{PREFIX}{}", escaped(context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn kept(lasts: &[i64]) -> Vec<Kept> {
        lasts.iter().map(|&last| Kept { last, bytes: 10 }).collect()
    }

    #[test]
    fn without_limits_everything_stays() {
        assert_eq!(over(&Retention::default(), &kept(&[0, 0, 0]), 2, i64::MAX), [0; 0]);
        assert_eq!(over(&Retention { count: Some(1), ..Retention::default() }, &[], 0, 0), [0; 0]);
    }

    #[test]
    fn the_oldest_are_over_a_count_and_over_bytes() {
        let all = kept(&[1, 2, 3, 4]);
        assert_eq!(over(&Retention { count: Some(2), ..Retention::default() }, &all, 3, 5), [0, 1]);
        assert_eq!(over(&Retention { bytes: Some(39), ..Retention::default() }, &all, 3, 5), [0]);
        assert_eq!(over(&Retention { bytes: Some(40), ..Retention::default() }, &all, 3, 5), [0; 0]);
    }

    #[test]
    fn whatever_the_limits_what_may_not_be_removed_stays() {
        let all = kept(&[1, 2, 3]);
        let least = Retention { age: Some(Duration::ZERO), count: Some(1), bytes: Some(1) };
        assert_eq!(over(&least, &all, 2, i64::MAX), [0, 1]);
    }

    #[test]
    fn one_is_over_an_age_by_what_happened_last_in_it() {
        let age = Retention { age: Some(Duration::from_nanos(10)), ..Retention::default() };
        assert_eq!(over(&age, &kept(&[5, 20, 9, 0]), 3, 20), [0, 2]);
        assert_eq!(over(&age, &kept(&[10, 0]), 1, 20), [0; 0], "just as old");
        assert_eq!(over(&age, &kept(&[i64::MIN, 0]), 1, i64::MAX), [0]);
    }

    #[test]
    fn what_goes_by_age_makes_room_for_the_rest() {
        let both = Retention { age: Some(Duration::from_nanos(10)), count: Some(3), bytes: None };
        assert_eq!(over(&both, &kept(&[20, 0, 20, 20]), 3, 20), [0, 1]);
        assert_eq!(over(&both, &kept(&[0, 20, 20, 20]), 3, 20), [0]);
    }

    #[test]
    fn what_every_release_wrote_is_kept() {
        fixtures::assert_kept::<Retention>("retention");
    }

    #[test]
    #[ignore = "a command, not a test: `make fixtures` runs it once for each release"]
    fn write_the_fixture_of_this_release() {
        let age = Some(Duration::new(864_000, 1));
        fixtures::write("retention", &Retention { age, count: Some(50), bytes: Some(1 << 40) });
    }
}
