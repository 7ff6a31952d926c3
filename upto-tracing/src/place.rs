//! What is known of a span's place in the code: found out once, and kept for ever.

use std::borrow::Cow;

use once_cell::race::OnceBox;
use tracing_core::Metadata;
use upto::__private::span::Site;

use crate::attributes::{self, key};

/// A `tracing` call site that makes spans.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) metadata: &'static Metadata<'static>,
    /// The spans' name as one segment of a path.
    name: Cow<'static, str>,
    /// The fields' names, if none of them is special.
    pub(crate) keys: Box<[&'static str]>,
    pub(crate) has_fields: bool,
    /// There are fields that are not attributes.
    pub(crate) has_special: bool,
    /// Made last, as it refers to what is above.
    site: OnceBox<Site>,
    /// The next place of the same hash.
    next: OnceBox<Place>,
}

/// In tests, there are more of them than this.
const PLACES: usize = if cfg!(test) { 4 } else { 1024 };

/// By hash, the first place of each. Nobody ever waits here: of threads that meet at a new place, the fastest one's stays
/// and the others' are dropped; and a fork leaves nothing half done.
static TABLE: [OnceBox<Place>; PLACES] = [const { OnceBox::new() }; PLACES];

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
        let mut link = &TABLE[hash(metadata) % PLACES];
        let mut made = None;
        loop {
            match link.get() {
                Some(place) if std::ptr::eq(place.metadata, metadata) => return place,
                Some(place) => link = &place.next,
                None => {
                    let new = made.take().unwrap_or_else(|| Box::new(Self::new(metadata)));
                    // Where another thread was faster, its place may be this one or not.
                    made = link.set(new).err();
                }
            }
        }
    }

    fn new(metadata: &'static Metadata<'static>) -> Self {
        let fields = metadata.fields();
        let has_special = fields.iter().any(|field| attributes::is_special(field.name()));
        let attributes = if has_special { None } else { Some(fields.iter().map(|field| key(&field))) };
        Place {
            metadata,
            name: upto::escape(metadata.name()),
            keys: attributes.into_iter().flatten().collect(),
            has_fields: !fields.is_empty(),
            has_special,
            site: OnceBox::new(),
            next: OnceBox::new(),
        }
    }

    /// What `upto` knows of it.
    #[inline]
    pub(crate) fn site(&'static self) -> &'static Site {
        self.site.get_or_init(|| Box::new(Site::new(&self.name, &self.keys, self.metadata)))
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

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use tracing::subscriber::with_default;
    use tracing::{Span, info_span};

    use super::*;

    /// Spans of places of their own. Nothing is sent of them, so nobody has looked for their places.
    macro_rules! spans {
        ($($name:literal)*) => {
            with_default(crate::subscriber(), || [$(info_span!($name, field = 1)),*])
        };
    }

    fn spans() -> [Span; 12] {
        spans!["a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l"]
    }

    #[test]
    fn each_place_is_made_once_and_told_from_those_of_the_same_hash() {
        for _ in 0..3 {
            for span in spans() {
                let metadata = span.metadata().expect("it has a place");
                let (place, again) = (Place::of(metadata), Place::of(metadata));
                assert!(std::ptr::eq(place, again) && std::ptr::eq(place.site(), again.site()));
                assert!(std::ptr::eq(place.metadata, metadata));
                assert_eq!((&*place.name, &*place.keys), (metadata.name(), &["field"][..]));
            }
        }
        let mut known: Vec<_> = spans().iter().map(address_of).collect();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), 12);
    }

    fn address_of(span: &Span) -> usize {
        std::ptr::from_ref(Place::of(span.metadata().expect("it has a place"))).addr()
    }

    #[test]
    fn threads_that_meet_at_new_places_agree() {
        const THREADS: usize = 8;
        let (all_here, spans) = (Barrier::new(THREADS), spans!["m" "n" "o" "p" "q" "r"]);
        let look = || {
            all_here.wait();
            spans.iter().map(address_of).collect::<Vec<_>>()
        };
        let seen: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(look)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(seen.iter().all(|addresses| *addresses == seen[0]));
    }
}
