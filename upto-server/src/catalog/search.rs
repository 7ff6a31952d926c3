//! All timelines of all contexts in one order: the one that was opened last comes first.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use super::{Catalog, Context, Timeline};

/// Contexts that are looked at in one go.
const PAGE: usize = 1_000;

/// A timeline's place among all: later ones were opened later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Nanoseconds since the epoch.
    opened: i64,
    /// Tells those apart that were opened at the same instant. Servers built by different compilers may order those
    /// differently.
    tie: u64,
}

impl Place {
    pub(crate) fn of(timeline: &Timeline) -> Self {
        let mut hasher = DefaultHasher::new();
        timeline.stream().hash(&mut hasher);
        Place { opened: timeline.document().opened, tie: hasher.finish() }
    }
}

/// As a part of a cursor.
impl Display for Place {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:x}", self.opened, self.tie)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (opened, tie) = text.split_once('.').ok_or(())?;
        let tie = u64::from_str_radix(tie, 16).map_err(drop)?;
        Ok(Place { opened: opened.parse().map_err(drop)?, tie })
    }
}

/// The latest of many timelines, of which no more are kept than wanted.
struct Latest {
    before: Option<Place>,
    limit: usize,
    kept: BTreeMap<Place, Arc<Timeline>>,
}

impl Latest {
    /// Whether a timeline that was opened then may be among those that are kept. Says so without hashing its name.
    fn may_take(&self, opened: i64) -> bool {
        let is_before = self.before.is_none_or(|before| opened <= before.opened);
        let has_room = self.kept.len() < self.limit;
        is_before && (has_room || self.kept.keys().next().is_some_and(|least| opened >= least.opened))
    }

    fn take(&mut self, timeline: Arc<Timeline>) {
        let place = Place::of(&timeline);
        if self.before.is_some_and(|before| place >= before) {
            return;
        }
        self.kept.insert(place, timeline);
        if self.kept.len() > self.limit {
            self.kept.pop_first();
        }
    }
}

impl Catalog {
    /// Up to `limit` timelines that are wanted, of contexts that are, the one that was opened last first: those before the
    /// place `before` only. Goes through all names, so it takes a while where there are many.
    pub(crate) fn latest_of_all(
        &self,
        before: Option<Place>,
        limit: usize,
        is_wanted_context: impl Fn(&Context) -> bool,
        is_wanted: impl Fn(&Timeline) -> bool,
    ) -> Vec<Arc<Timeline>> {
        let mut latest = Latest { before, limit, kept: BTreeMap::new() };
        let mut last: Option<Arc<str>> = None;
        loop {
            let contexts = self.contexts_after(last.as_deref(), PAGE);
            let Some(next) = contexts.last() else { break };
            last = Some(next.name().clone());
            for context in contexts.iter().filter(|context| is_wanted_context(context)) {
                for timeline in context.older(None, usize::MAX) {
                    if latest.may_take(timeline.document().opened) && is_wanted(&timeline) {
                        latest.take(timeline);
                    }
                }
            }
        }
        latest.kept.into_values().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::document::TimelineDocument;
    use crate::clock::SystemClock;
    use crate::store::MemoryStore;

    async fn catalog() -> Catalog {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
        let catalog = Catalog::open(store, 1 << 20).await.expect("a catalog");
        for number in 0..30_u64 {
            let document = TimelineDocument {
                context: format!("c{}", number % 3),
                name: number.to_string(),
                ordinal: number,
                // Three at a time.
                opened: i64::try_from(number / 3).expect("small"),
                ..TimelineDocument::default()
            };
            catalog.context_or_new(&document.context).restore(document, true);
        }
        catalog
    }

    fn names(timelines: &[Arc<Timeline>]) -> Vec<u64> {
        timelines.iter().map(|timeline| timeline.name().parse().expect("a number")).collect()
    }

    #[tokio::test]
    async fn pages_have_every_timeline_once_and_the_latest_first() {
        let catalog = catalog().await;
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = catalog.latest_of_all(before, 7, |_| true, |_| true);
            let Some(last) = page.last() else { break };
            let place = Place::of(last);
            assert_eq!(place.to_string().parse(), Ok(place));
            before = Some(place);
            all.extend(page);
        }
        let opened: Vec<_> = all.iter().map(|timeline| timeline.document().opened).collect();
        assert!(opened.is_sorted_by(|one, other| one >= other), "{opened:?}");
        let mut found = names(&all);
        found.sort_unstable();
        assert_eq!(found, (0..30).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn only_what_is_wanted_counts() {
        let catalog = catalog().await;
        let is_context = |context: &Context| **context.name() == *"c1";
        let is_even = |timeline: &Timeline| timeline.name().ends_with(['0', '2', '4', '6', '8']);
        assert_eq!(names(&catalog.latest_of_all(None, 3, is_context, is_even)), [28, 22, 16]);
        assert!(catalog.latest_of_all(None, 0, |_| true, |_| true).is_empty());
    }

    #[test]
    fn what_is_no_place_is_none() {
        for text in ["", ".", "1", "1.", ".1", "1.g", "x.1", "99999999999999999999.1"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
