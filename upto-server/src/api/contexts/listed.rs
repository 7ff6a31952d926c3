//! What the list says of each context, written once and told again for as long as it is true: lists are what is asked for
//! again and again, mostly of contexts of which nothing has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::Facts;
use crate::api::{Answer, hal};
use crate::catalog::{Context, FoldVersion, Timeline};
use crate::store::Store;

/// Bytes of texts that are kept at most. With more contexts than that is enough for, some are written again.
const KEPT_BYTES: usize = 4 << 20;

/// Items that were written, by the names of their contexts.
#[derive(Debug, Default)]
pub(crate) struct Listed(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    items: HashMap<Arc<str>, (Standing, Item)>,
    bytes: usize,
}

/// The JSON of a context's resource.
#[derive(Clone, Debug)]
pub(in crate::api) struct Item(Arc<RawValue>);

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (*self.0).serialize(serializer)
    }
}

/// What an item was written of: as long as this is the same, so is the item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    timelines: usize,
    latest: Option<Latest>,
}

/// The active timeline: another one of the same name is not the same, nor is it under another name.
#[derive(Clone, Debug)]
struct Latest {
    timeline: Weak<Timeline>,
    name: Arc<str>,
    version: FoldVersion,
}

impl PartialEq for Latest {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.timeline.ptr_eq(&other.timeline) && self.name == other.name
    }
}

impl Standing {
    /// How a context stands at this instant; `None`: that takes reading.
    pub(super) fn now(context: &Context, store: &dyn Store, now: Instant) -> Option<Self> {
        let timelines = context.count();
        let Some(latest) = context.latest() else { return Some(Standing { timelines, latest: None }) };
        let (timeline, name) = (Arc::downgrade(&latest), latest.name().clone());
        let version = latest.version_at_hand(store, now)?;
        Some(Standing { timelines, latest: Some(Latest { timeline, name, version }) })
    }
}

impl Listed {
    /// What the list says of a context that stands like this, if it was written.
    pub(super) fn known(&self, name: &Arc<str>, standing: &Standing) -> Option<Item> {
        let kept = self.kept();
        let (known, item) = kept.items.get(name)?;
        (known == standing).then(|| item.clone())
    }

    /// Writes what the list says of a context; it is kept if it is known how that stood before it was looked at.
    pub(super) fn write(&self, standing: Option<Standing>, facts: &Facts) -> Answer<Item> {
        let item = Item(to_raw_value(&facts.resource()).map_err(|error| hal::unwritable(&error))?.into());
        if let Some(standing) = standing {
            self.kept().keep(facts.name.clone(), standing, item.clone());
        }
        Ok(item)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, name: Arc<str>, standing: Standing, item: Item) {
        self.bytes += item.0.get().len();
        if self.bytes > KEPT_BYTES {
            *self = Kept { items: HashMap::new(), bytes: item.0.get().len() };
        }
        if let Some((_, old)) = self.items.insert(name, (standing, item)) {
            self.bytes -= old.0.get().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(name: &str, timelines: usize) -> Facts {
        Facts { name: name.into(), latest: None, state: None, last: None, timelines }
    }

    fn written(facts: &Facts) -> String {
        serde_json::to_string(&facts.resource()).expect("JSON")
    }

    fn standing(timelines: usize) -> Standing {
        Standing { timelines, latest: None }
    }

    #[test]
    fn what_is_told_is_what_is_true_now() {
        let listed = Listed::default();
        for timelines in [1, 2, 1] {
            let facts = facts("c", timelines);
            assert!(listed.known(&facts.name, &standing(timelines)).is_none());
            let item = listed.write(Some(standing(timelines)), &facts).expect("an item");
            assert_eq!(item.0.get(), written(&facts));
            let known = listed.known(&facts.name, &standing(timelines)).expect("it was written");
            assert_eq!(known.0.get(), written(&facts));
        }
        let kept = listed.kept();
        assert_eq!((kept.items.len(), kept.bytes), (1, written(&facts("c", 1)).len()));
    }

    #[test]
    fn what_had_to_be_read_is_not_kept() {
        let (listed, facts) = (Listed::default(), facts("c", 1));
        assert!(listed.write(None, &facts).is_ok());
        assert_eq!(listed.kept().items.len(), 0);
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let listed = Listed::default();
        for number in 0..2 * KEPT_BYTES / written(&facts("0", 1)).len() {
            assert!(listed.write(Some(standing(1)), &facts(&number.to_string(), 1)).is_ok());
            let kept = listed.kept();
            assert!(kept.bytes <= KEPT_BYTES, "{}", kept.bytes);
            if number % 500 == 0 {
                let bytes: usize = kept.items.values().map(|(_, item)| item.0.get().len()).sum();
                assert_eq!(bytes, kept.bytes);
            }
        }
    }
}
