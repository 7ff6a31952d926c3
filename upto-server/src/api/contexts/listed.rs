//! What the list says of each context, written once and told again for as long as it is true: most of it are addresses,
//! which never change, and lists are what is asked for again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::Facts;
use crate::api::{Answer, hal};

/// Bytes of texts that are kept at most. With more contexts than that is enough for, some are written again.
const KEPT_BYTES: usize = 4 << 20;

/// Items that were written, by the names of their contexts.
#[derive(Debug, Default)]
pub(crate) struct Listed(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    items: HashMap<Arc<str>, (Facts, Item)>,
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

impl Listed {
    /// What the list says.
    pub(super) fn item(&self, facts: Facts) -> Answer<Item> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, item)) = kept.items.get(&facts.name)
            && *known == facts
        {
            return Ok(item.clone());
        }
        let item = Item(to_raw_value(&facts.resource()).map_err(|error| hal::unwritable(&error))?.into());
        kept.keep(facts, item.clone());
        Ok(item)
    }
}

impl Kept {
    fn keep(&mut self, facts: Facts, item: Item) {
        self.bytes += item.0.get().len();
        if self.bytes > KEPT_BYTES {
            *self = Kept { items: HashMap::new(), bytes: item.0.get().len() };
        }
        if let Some((_, old)) = self.items.insert(facts.name.clone(), (facts, item)) {
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

    #[test]
    fn what_is_told_is_what_is_true_now() {
        let listed = Listed::default();
        for timelines in [1, 1, 2, 1] {
            let facts = facts("c", timelines);
            let item = listed.item(facts.clone()).expect("an item");
            assert_eq!(item.0.get(), written(&facts));
        }
        let kept = listed.0.lock().expect("not poisoned");
        assert_eq!((kept.items.len(), kept.bytes), (1, written(&facts("c", 1)).len()));
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let listed = Listed::default();
        for number in 0..2 * KEPT_BYTES / written(&facts("0", 1)).len() {
            assert!(listed.item(facts(&number.to_string(), 1)).is_ok());
            let kept = listed.0.lock().expect("not poisoned");
            let bytes: usize = kept.items.values().map(|(_, item)| item.0.get().len()).sum();
            assert!(kept.bytes <= KEPT_BYTES && bytes == kept.bytes || number % 500 != 0, "{}", kept.bytes);
        }
    }
}
