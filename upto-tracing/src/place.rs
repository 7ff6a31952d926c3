//! What is known of a span's place in the code: found out once, and kept for ever.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use tracing_core::Metadata;
use upto::__private::span::Site;

use crate::attributes::{self, key};

/// A `tracing` call site that makes spans.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) metadata: &'static Metadata<'static>,
    pub(crate) site: &'static Site,
    /// The fields' names, if none of them is special.
    pub(crate) keys: &'static [&'static str],
    pub(crate) has_fields: bool,
    /// There are fields that are not attributes.
    pub(crate) has_special: bool,
}

const PLACES: usize = 1024;
/// How many are looked at. Those that find no room are in `OTHERS`.
const PROBES: usize = 8;

static TABLE: [OnceLock<&'static Place>; PLACES] = [const { OnceLock::new() }; PLACES];
static OTHERS: RwLock<Option<HashMap<usize, &'static Place>>> = RwLock::new(None);

impl Place {
    /// The place of spans with this metadata.
    #[inline]
    pub(crate) fn of(metadata: &'static Metadata<'static>) -> &'static Place {
        match TABLE[hash(metadata) % PLACES].get() {
            Some(place) if std::ptr::eq(place.metadata, metadata) => place,
            _ => Self::search(metadata),
        }
    }

    #[cold]
    fn search(metadata: &'static Metadata<'static>) -> &'static Place {
        let first = hash(metadata);
        let slots = (first..first + PROBES).map(|place| &TABLE[place % PLACES]);
        let mut places = slots.map(|slot| *slot.get_or_init(|| Self::leak(metadata)));
        places.find(|place| std::ptr::eq(place.metadata, metadata)).unwrap_or_else(|| Self::other(metadata))
    }

    fn other(metadata: &'static Metadata<'static>) -> &'static Place {
        let address = address(metadata);
        let known = OTHERS.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known.as_ref().and_then(|known| known.get(&address)) {
            return place;
        }
        drop(known);
        let mut others = OTHERS.write().unwrap_or_else(PoisonError::into_inner);
        others.get_or_insert_default().entry(address).or_insert_with(|| Self::leak(metadata))
    }

    fn leak(metadata: &'static Metadata<'static>) -> &'static Place {
        let fields = metadata.fields();
        let has_special = fields.iter().any(|field| attributes::is_special(field.name()));
        let keys: Vec<_> =
            if has_special { Vec::new() } else { fields.iter().map(|field| key(&field)).collect() };
        let keys: &'static [&'static str] = keys.leak();
        let site = Site::leak(metadata.name(), keys, metadata);
        Box::leak(Box::new(Place { metadata, site, keys, has_fields: !fields.is_empty(), has_special }))
    }
}

fn address(metadata: &'static Metadata<'static>) -> usize {
    std::ptr::from_ref(metadata).addr()
}

/// Metadata is a static variable of over a hundred bytes.
#[inline]
fn hash(metadata: &'static Metadata<'static>) -> usize {
    let address = address(metadata);
    address >> 4 ^ address >> 14
}
