//! Events of spans, as `upto-tracing` has them: known by the numbers that a subscriber gives its spans.
//!
//! A span is opened, entered, left and closed by four calls that have nothing in common but its number, on whichever
//! threads. What has to be remembered from one call to the next is in a slot ([`slots`]) of the thread that opened the
//! span, where its number says ([`blocks`]) and without any lock. What has no slot, because there
//! are too many or its node does not live for ever, is in a map behind mutexes ([`overflow`]); what is said of a span
//! while it is open is in another ([`late`]). What each thread does is in `local/span.rs`.
//!
//! Not for use by others than `upto-tracing`: it changes without notice.

// Slots point to what lives for ever: see `slots::Forever`.
#![allow(unsafe_code)]

mod beginning;
mod blocks;
mod closed;
mod domains;
mod entered;
mod late;
mod overflow;
mod shards;
mod slots;
mod starting;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

pub use self::beginning::{Beginning, Parent, Site};
pub(crate) use self::blocks::Block;
pub(crate) use self::domains::{gone as gone_domains, look as look_at_domains};
pub(crate) use self::entered::{Entered, EnteredSpan};
pub use self::late::Late;
pub(crate) use self::late::take as take_late;
pub(crate) use self::slots::{Filling, Slot};
use crate::current::next_key;
use crate::local;
use crate::path::NodeRef;
use crate::state;

/// False if no span has had an event since the process began.
#[inline(always)]
fn is_anything_kept() -> bool {
    blocks::are_used() || !overflow::is_empty()
}

/// True if there is a current event.
#[must_use]
pub fn has_current() -> bool {
    !local::current().is_root()
}

/// The number of the start of the event of a span that has a slot, by the span's key; 0: it is not known.
pub(crate) fn number_of(key: u64) -> u64 {
    blocks::by_key(key).filter(|slot| slot.has_key(key)).map_or(0, Slot::number)
}

/// In a child process, makes sure that nothing waits for threads that it does not have.
pub(crate) fn check_after_fork() {
    overflow::ALL.check_after_fork();
    late::ALL.check_after_fork();
    closed::check_after_fork();
    domains::check_after_fork();
}

/// What does something while locks are held of what is kept of spans, for tests of what a fork leaves.
#[cfg(all(test, unix))]
pub(crate) const WHILE_LOCKED: [fn(&mut dyn FnMut()); 4] = [
    |work| overflow::ALL.while_locked(work),
    |work| late::ALL.while_locked(work),
    closed::while_locked,
    domains::while_locked,
];

/// How many slots are of subscribers that are gone.
static ORPHANS: AtomicUsize = AtomicUsize::new(0);
/// Says of a slot's domain that its subscriber is gone.
const ORPHANED: u64 = 1 << 63;

/// The spans of one subscriber.
#[derive(Debug)]
pub struct Spans {
    /// Tells its spans from those of other subscribers, which may have the same numbers; 0: not yet known.
    domain: AtomicU64,
    /// Another layer of the same subscriber has the same spans.
    is_shared: AtomicBool,
    /// The state that its spans begin with: whether they are remembered once they have closed.
    first_state: AtomicU64,
    /// Numbers are given here, not by the subscriber.
    has_own_ids: bool,
}

impl Spans {
    /// Those of a subscriber that numbers its spans itself, and does not use a number twice at a time.
    #[must_use]
    pub const fn with_given_ids() -> Self {
        Self::new(false)
    }

    const fn new(has_own_ids: bool) -> Self {
        let (domain, is_shared) = (AtomicU64::new(0), AtomicBool::new(false));
        Spans { domain, is_shared, first_state: AtomicU64::new(HANDLE), has_own_ids }
    }

    /// Those of a subscriber that takes the numbers that they are given here.
    #[must_use]
    pub fn with_own_ids() -> Self {
        let spans = Self::new(true);
        spans.domain();
        spans
    }

    /// Makes these spans the same as those of `other`, which hears of the same ones.
    pub fn share(&self, other: &Spans) {
        let domain = other.domain();
        if self.known_domain() != domain {
            domains::join(domain);
            self.leave(self.domain.swap(domain, Ordering::Relaxed));
        }
        self.is_shared.store(true, Ordering::Relaxed);
        other.is_shared.store(true, Ordering::Relaxed);
    }

    /// Its number, which it gets when it is first asked for.
    fn domain(&self) -> u64 {
        let known = self.known_domain();
        if known != 0 {
            return known;
        }
        let new = domains::add();
        match self.domain.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => new,
            Err(known) => {
                domains::leave(new);
                known
            }
        }
    }

    /// This has no more to do with the spans of `domain`. If nobody else has, they are current nowhere from now on.
    fn leave(&self, domain: u64) {
        if domain == 0 || !domains::leave(domain) {
            return;
        }
        if self.has_own_ids {
            blocks::all_of(domain).for_each(forget_slot);
        } else {
            let orphans = blocks::all_of(domain).inspect(|slot| slot.orphan()).count();
            ORPHANS.fetch_add(orphans, Ordering::Relaxed);
        }
        overflow::take_all(domain).into_iter().for_each(|kept| kept.forget_late());
        domains::tell();
    }

    #[inline(always)]
    pub(crate) fn known_domain(&self) -> u64 {
        self.domain.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn has_own_ids(&self) -> bool {
        self.has_own_ids
    }

    /// True if span `id` has an event.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.find(id).is_some()
    }

    /// True if span `id` has an event that is found without a lock.
    #[must_use]
    pub fn is_at_hand(&self, id: u64) -> bool {
        self.find_slot(id).is_some()
    }

    /// True if another layer has started the event of span `id`.
    #[inline]
    #[must_use]
    pub fn is_taken(&self, id: u64) -> bool {
        self.is_shared.load(Ordering::Relaxed) && self.contains(id)
    }

    /// Where an event of this node will be kept; before its start is recorded, so that none is sent of which nothing
    /// is known at its end. `None`: there is no room.
    pub(crate) fn place_for(&self, id: u64, node: &NodeRef) -> Option<Place> {
        self.domain();
        match local::has_slot(self, id, node) {
            true => Some(Place::Slot),
            false => overflow::reserve(node).map(Place::Map),
        }
    }

    /// Keeps an event that has started. Its span's number.
    pub(crate) fn keep(&self, id: u64, mut kept: Kept, place: Place) -> u64 {
        let room = match place {
            Place::Map(room) => Some(room),
            Place::Slot => match local::keep_span(self, id, &kept) {
                Some(id) => return id,
                None => overflow::reserve(&kept.node),
            },
        };
        kept.key = next_key();
        let id = if self.has_own_ids { kept.key } else { id };
        if room.is_some_and(|room| overflow::insert(self.domain(), id, kept, room)) {
            return id;
        }
        local::count_unrecorded_end();
        0
    }

    /// What is kept of span `id`.
    pub(crate) fn find(&self, id: u64) -> Option<Kept> {
        self.find_slot(id).and_then(Slot::kept).or_else(|| overflow::get(self.known_domain(), id))
    }

    #[inline(always)]
    pub(crate) fn find_slot(&self, id: u64) -> Option<&'static Slot> {
        if self.has_own_ids {
            return blocks::by_key(id).filter(|slot| slot.is_of(self.known_domain(), id));
        }
        let orphaned = || (ORPHANS.load(Ordering::Relaxed) > 0).then(|| blocks::find_orphan(id)).flatten();
        blocks::find(self.known_domain(), id).or_else(orphaned)
    }

    /// Takes what is kept of span `id`.
    pub(crate) fn take(&self, id: u64) -> Option<Kept> {
        if let Some(slot) = self.find_slot(id) {
            let kept = slot.kept();
            if slot.release() {
                ORPHANS.fetch_sub(1, Ordering::Relaxed);
            }
            return kept;
        }
        overflow::take(self.known_domain(), id)
    }

    /// Span `id` is entered on this thread.
    #[inline]
    pub fn enter(&self, id: u64) {
        local::enter_span(self, id);
    }

    /// The latest [`Spans::enter`] of span `id` on this thread is taken back.
    #[inline]
    pub fn exit(&self, id: u64) {
        local::exit_span(self, id);
    }

    /// Ends the event of span `id`.
    #[inline]
    pub fn end(&self, id: u64) {
        if !state::now().is_off() || is_anything_kept() {
            local::end_span(self, id, self.find_slot(id));
        }
    }

    /// Does what `change` says to what is sent when the event of span `id` ends. It must run no code of the host.
    pub fn change(&self, id: u64, change: impl FnOnce(&mut Late)) {
        if let Some(slot) = self.find_slot(id) {
            let key = slot.key();
            slot.mark_late();
            late::change(key, change);
        } else if let Some(key) = overflow::mark_late(self.known_domain(), id) {
            late::change(key, change);
        }
    }

    /// Links the event of span `id` to that of span `cause`, which it follows from. If that has closed, it must have
    /// been made after this was first called, and be among the latest 4,096 that have closed.
    pub fn follow(&self, id: u64, cause: u64) {
        self.first_state.fetch_or(REMEMBERED, Ordering::Relaxed);
        let open = self.find(cause).map(|cause| cause.number);
        let number = open.or_else(|| closed::number_of(self.known_domain(), cause)).unwrap_or(0);
        if number != 0 {
            self.change(id, |late| late.follow(number));
        }
    }

    /// Takes what is kept of span `id`, whose event ends, for good unless others may follow from it.
    pub(crate) fn take_ended(&self, id: u64) -> Option<Kept> {
        let kept = self.find(id)?;
        if kept.state & REMEMBERED != 0 && kept.number != 0 {
            // Before it can't be found any more.
            closed::remember(self.known_domain(), id, kept.number);
        }
        self.take(id)
    }

    /// There is one more handle of span `id`. Only where numbers are given here.
    pub fn clone_handle(&self, id: u64) {
        match self.find_slot(id) {
            Some(slot) => slot.clone_handle(),
            None => overflow::clone_handle(self.known_domain(), id),
        }
    }

    /// A handle of span `id` is gone; with the last one, its event ends. True if it did.
    #[inline]
    pub fn drop_handle(&self, id: u64) -> bool {
        let slot = self.find_slot(id);
        let was_last = match slot {
            Some(slot) => slot.drop_handle(),
            None => overflow::drop_handle(self.known_domain(), id),
        };
        if was_last {
            local::end_span(self, id, slot);
        }
        was_last
    }

    /// The span that was entered last on this thread and not left, and its place. Only where numbers are given here.
    #[must_use]
    pub fn current(&self) -> Option<(u64, &'static Site)> {
        local::entered_spans().into_iter().find_map(|id| Some((id, self.find(id)?.site)))
    }
}

impl Drop for Spans {
    /// Spans that are open may be entered again and closed by a layer that takes this one's place, unless they have no slot.
    /// Those of a subscriber have been forgotten by whoever had their handles.
    fn drop(&mut self) {
        self.leave(self.known_domain());
    }
}

/// Where an event is kept.
#[derive(Debug)]
pub(crate) enum Place {
    /// In a slot of this thread, if its node may be there.
    Slot,
    /// In the map behind mutexes.
    Map(overflow::Reserved),
}

/// What is kept of a span while it is open.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) node: NodeRef,
    pub(crate) site: &'static Site,
    /// In cycles.
    pub(crate) started: u64,
    /// The start's number; 0: it was not recorded.
    pub(crate) number: u64,
    /// That of its frames, and of what is said of it late.
    pub(crate) key: u64,
    pub(crate) state: u64,
}

impl Kept {
    /// Forgets what was said of the span.
    pub(crate) fn forget_late(&self) {
        if self.state & LATE != 0 {
            drop(take_late(self.key));
        }
    }
}

/// Frees the slot of a span that nobody can close any more.
fn forget_slot(slot: &Slot) {
    if let Some(kept) = slot.kept() {
        kept.forget_late();
    }
    slot.free();
}

/// Something was said of the span after its start.
pub(crate) const LATE: u64 = 1;
/// It began while a panic unwound, so it is not what panicked.
pub(crate) const BEGAN_IN_PANIC: u64 = 2;
/// The span's number is remembered once it has closed.
const REMEMBERED: u64 = 4;
/// A state counts handles by this.
pub(crate) const HANDLE: u64 = 1 << 8;

#[cfg(test)]
mod tests;
