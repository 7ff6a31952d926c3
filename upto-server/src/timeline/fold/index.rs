//! Where the events with ids are: from an id, and what else makes an event this one, to its number.
//!
//! A session counts its ids up, so those that come one after the other mostly lie close together. They are found in
//! pages of consecutive ids, which a timeline of millions of events reads and writes in the order in which they lie in
//! memory. A hash table, which has the others, jumps about in it, and waiting for that is most of what a mark costs.
//!
//! Which is which is decided per page: a page gets its cells when it has had a few events, or when the page before
//! it has had any. Ids that are chosen at random therefore take no more than a table with one entry for each.

use std::hash::{BuildHasher, Hash};

use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::pieces::Pieces;

/// Ids of a page.
const IDS: usize = 64;
/// Ids from here on are drawn at random, as those of OpenTelemetry are, and in no page.
const PAGED: u64 = 1 << 53;
/// Events of a page that are in the table before it gets cells.
const STRAYS: u32 = 3;
/// Says of a page that it has no cells.
const NONE: u32 = u32::MAX;
/// How many of the latest events of the table are found quickly, once that is larger than the processor's caches.
const RECENT: usize = 4_096;

/// By the ids of a page: the number of an event and 1, or 0. Of several with the same id, the first one has the cell.
type Cells = [u32; IDS];

#[derive(Clone, Copy, Debug)]
struct Page {
    /// Where they are; [`NONE`]: there are none.
    cells: u32,
    /// Events of its ids that are in the table.
    strays: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pages: HashMap<u64, Page>,
    cells: Pieces<Cells>,
    /// With the hashes, so that growing it touches no event.
    table: HashTable<(u32, u32)>,
    /// The latest new events of the table, by their hashes.
    recent: Vec<u32>,
    /// Seeded at random: nobody who chooses ids can choose those that collide.
    hasher: DefaultHashBuilder,
}

impl Index {
    /// The number of the event of this id that is the same as what is looked for. `key` is all that makes it this one:
    /// a stranger may give a million events the same id.
    #[inline]
    pub(super) fn find(&self, id: u64, key: &impl Hash, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        if id >= PAGED {
            return self.find_stray(key, is_same);
        }
        // A page that there is not has no events.
        let page = self.pages.get(&page_of(id))?;
        let in_cell = self.cell(*page, id).filter(|number| is_same(*number));
        match in_cell {
            None if page.strays > 0 => self.find_stray(key, is_same),
            found => found,
        }
    }

    /// Adds an event that was not found, of the same key.
    pub(super) fn insert(&mut self, id: u64, key: &impl Hash, number: u32) {
        if id >= PAGED || !self.insert_in_page(id, number) {
            self.insert_stray(key, number);
        }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.pages.allocation_size()
            + self.cells.bytes()
            + self.table.allocation_size()
            + self.recent.len() * size_of::<u32>()
    }

    fn cell(&self, page: Page, id: u64) -> Option<u32> {
        if page.cells == NONE { None } else { self.cells.get(page.cells)[cell_of(id)].checked_sub(1) }
    }

    /// False: the event is one for the table.
    fn insert_in_page(&mut self, id: u64, number: u32) -> bool {
        let follows = page_of(id).checked_sub(1).is_some_and(|before| self.pages.contains_key(&before));
        let page = match self.pages.entry(page_of(id)) {
            Entry::Occupied(page) => page.into_mut(),
            Entry::Vacant(page) => page.insert(Page { cells: NONE, strays: 0 }),
        };
        if page.cells == NONE && (follows || page.strays >= STRAYS) {
            page.cells = self.cells.count();
            self.cells.push([0; IDS]);
        }
        if page.cells != NONE {
            let cell = &mut self.cells.get_mut(page.cells)[cell_of(id)];
            if *cell == 0 {
                *cell = number + 1;
                return true;
            }
        }
        page.strays += 1;
        false
    }

    fn find_stray(&self, key: &impl Hash, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = self.hash(key);
        let recent = self.recent.get(recent_index(hash)).filter(|number| is_same(**number));
        let known = || {
            let is_known = |(known, number): &(u32, u32)| *known == hash && is_same(*number);
            self.table.find(spread(hash), is_known).map(|(_, number)| number)
        };
        recent.or_else(known).copied()
    }

    fn insert_stray(&mut self, key: &impl Hash, number: u32) {
        let hash = self.hash(key);
        self.table.insert_unique(spread(hash), (hash, number), |(hash, _)| spread(*hash));
        if self.recent.is_empty() && self.table.len() > RECENT {
            self.recent.resize(RECENT, number);
        }
        if let Some(recent) = self.recent.get_mut(recent_index(hash)) {
            *recent = number;
        }
    }

    /// Half of a hash is enough to tell keys apart, and saves four bytes of each.
    fn hash(&self, key: &impl Hash) -> u32 {
        u32::try_from(self.hasher.hash_one(key) >> 32).unwrap_or(0)
    }
}

fn page_of(id: u64) -> u64 {
    id / IDS as u64
}

fn cell_of(id: u64) -> usize {
    usize::try_from(id % IDS as u64).unwrap_or(0)
}

fn recent_index(hash: u32) -> usize {
    hash as usize % RECENT
}

/// The table takes the place from the lowest bits and what it compares first from the highest ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds events of these ids, and finds each of them, and no other.
    fn indexed(ids: &[u64]) -> Index {
        let mut index = Index::default();
        for (number, id) in (0..).zip(ids) {
            assert_eq!(index.find(*id, id, |other| ids[other as usize] == *id), None, "{id}");
            index.insert(*id, id, number);
        }
        for (number, id) in (0..).zip(ids) {
            assert_eq!(index.find(*id, id, |other| other == number), Some(number), "{id}");
            assert_eq!(index.find(*id, id, |_| false), None);
        }
        index
    }

    #[test]
    fn a_page_of_which_nothing_is_known_has_no_events() {
        let index = indexed(&[1_000, 1_001, 70_000, 1 << 60]);
        assert!([0, 1_002, 2_000, (1 << 60) + 1].iter().all(|id| index.find(*id, id, |_| false).is_none()));
        assert_eq!(index.find(2_000, &0, |_| true), None);
    }

    #[test]
    fn ids_that_are_counted_up_are_in_pages() {
        let index = indexed(&(1_000_000..1_030_000).step_by(3).collect::<Vec<_>>());
        assert!(index.table.len() <= STRAYS as usize, "{}", index.table.len());
        assert!(index.bytes() < 10_000 * 20, "{}", index.bytes());
    }

    #[test]
    fn ids_of_several_threads_are_in_pages() {
        let thread = |first: u64| (first..first + 512).step_by(3);
        let pieces = (0..20).map(|piece| 7_000_000 + piece * 1_024);
        let both: Vec<u64> = pieces
            .flat_map(|first| thread(first).zip(thread(first + 512)).flat_map(|(a, b)| [a, b]))
            .collect();
        let index = indexed(&both);
        assert!(index.table.len() < both.len() / 10, "{} of {}", index.table.len(), both.len());
    }

    #[test]
    fn ids_at_random_are_in_the_table() {
        let mut id = 1_u64;
        let mut next = || {
            id = id.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            id >> 1
        };
        let index = indexed(&(0..10_000).map(|_| next()).collect::<Vec<_>>());
        assert!(index.cells.count() < 10 && index.recent.len() == RECENT);
        let small = indexed(&(0..10_000).map(|_| next() >> 11).collect::<Vec<_>>());
        assert!(small.cells.count() < 10, "{}", small.cells.count());
        assert!(small.bytes() < 10_000 * 64, "{}", small.bytes());
    }

    #[test]
    fn events_with_the_same_id_are_told_apart() {
        let mut index = Index::default();
        for number in 0..200 {
            index.insert(5 + u64::from(number % 2), &number, number);
        }
        for number in 0..200 {
            assert_eq!(index.find(5 + u64::from(number % 2), &number, |other| other == number), Some(number));
        }
        assert_eq!(index.find(7, &7_000, |_| true), None);
    }

    #[test]
    fn the_ends_of_the_range_are_ids() {
        let ids = [1, 63, 64, PAGED - 1, PAGED, PAGED + 1, u64::MAX - 1, u64::MAX];
        let mut index = Index::default();
        for (number, id) in (0..).zip(ids) {
            index.insert(id, &id, number);
            assert_eq!(index.find(id, &id, |other| other == number), Some(number));
        }
    }
}
