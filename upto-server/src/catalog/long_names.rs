//! Finding what has a name too long for an address.

use std::sync::{Arc, PoisonError};

use super::{Catalog, Context, Timeline};

/// Bytes of a name at most that is never asked for in another way than by itself.
pub(crate) const LONG_BYTES: usize = 340;

impl Catalog {
    /// The context with a name over [`LONG_BYTES`] for which `is_it` is true. Looks at all of those: they
    /// are few, since names that people can read are shorter.
    pub(crate) fn long_named(&self, is_it: impl Fn(&str) -> bool) -> Option<Arc<Context>> {
        let contexts = self.contexts.read().unwrap_or_else(PoisonError::into_inner);
        let mut long = contexts.iter().filter(|(name, _)| name.len() > LONG_BYTES);
        long.find(|(name, _)| is_it(name)).map(|(_, context)| context.clone())
    }
}

impl Context {
    /// The timeline with a name over [`LONG_BYTES`] for which `is_it` is true, likewise.
    pub(crate) fn long_named_timeline(&self, is_it: impl Fn(&str) -> bool) -> Option<Arc<Timeline>> {
        let timelines = self.older(None, usize::MAX);
        timelines.into_iter().find(|timeline| timeline.name().len() > LONG_BYTES && is_it(timeline.name()))
    }
}
