//! A slot for an open span.
//!
//! Only the thread whose block a slot is in puts spans into it, so that no atomic operation is needed that waits for
//! others. Whoever closes a span frees its slot, on whichever thread; only one closes it.
//!
//! A slot's numbers mean something to whoever has a handle of the span, as it is not freed meanwhile. To others they
//! may be those of another span, which is confusing and nothing worse.

use std::fmt;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::{HANDLE, Kept, LATE, ORPHANED, Site};
use crate::path::{Node, NodeRef};

/// A span, or nothing.
#[repr(align(64))]
#[derive(Debug)]
pub(crate) struct Slot {
    /// The span's number; 0: the slot is free. Written last.
    id: AtomicU64,
    domain: AtomicU64,
    node: Forever<Node>,
    site: Forever<Site>,
    started: AtomicU64,
    number: AtomicU64,
    key: AtomicU64,
    state: AtomicU64,
}

/// A reference to what lives for ever, or none.
struct Forever<T>(AtomicPtr<T>);

impl<T> Forever<T> {
    const fn none() -> Self {
        Forever(AtomicPtr::new(null_mut()))
    }

    #[inline(always)]
    fn set(&self, to: &'static T) {
        self.0.store(std::ptr::from_ref(to).cast_mut(), Ordering::Release);
    }

    #[inline(always)]
    fn get(&self) -> Option<&'static T> {
        // SAFETY: only `set` stores anything. Acquire: with what is in it.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }
}

impl<T> fmt::Debug for Forever<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What goes into a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    pub(crate) domain: u64,
    pub(crate) node: &'static Node,
    pub(crate) site: &'static Site,
    pub(crate) started: u64,
    pub(crate) number: u64,
    pub(crate) state: u64,
}

impl Slot {
    pub(super) const fn new() -> Self {
        Slot {
            id: AtomicU64::new(0),
            domain: AtomicU64::new(0),
            node: Forever::none(),
            site: Forever::none(),
            started: AtomicU64::new(0),
            number: AtomicU64::new(0),
            key: AtomicU64::new(0),
            state: AtomicU64::new(0),
        }
    }

    #[inline(always)]
    pub(super) fn is_free(&self) -> bool {
        // Acquire: who freed it has read what was in it.
        self.id.load(Ordering::Acquire) == 0
    }

    #[inline(always)]
    pub(crate) fn is_of(&self, domain: u64, id: u64) -> bool {
        self.id.load(Ordering::Acquire) == id && self.domain.load(Ordering::Relaxed) == domain
    }

    /// Puts a span into this, which is free. Only for the thread whose block it is in.
    #[inline(always)]
    pub(super) fn fill(&self, id: u64, key: u64, filling: &Filling) {
        self.domain.store(filling.domain, Ordering::Relaxed);
        self.node.set(filling.node);
        self.site.set(filling.site);
        self.started.store(filling.started, Ordering::Relaxed);
        self.number.store(filling.number, Ordering::Relaxed);
        self.key.store(key, Ordering::Relaxed);
        self.state.store(filling.state, Ordering::Relaxed);
        self.id.store(id, Ordering::Release);
    }

    /// True if an open span of this subscriber is in it.
    pub(super) fn is_of_domain(&self, domain: u64) -> bool {
        !self.is_free() && self.domain.load(Ordering::Relaxed) == domain
    }

    /// True if the span `id` of a subscriber that is gone is in it.
    pub(super) fn is_orphan(&self, id: u64) -> bool {
        self.id.load(Ordering::Acquire) == id && self.domain.load(Ordering::Relaxed) & ORPHANED != 0
    }

    /// True if the span of this key is in it.
    pub(super) fn has_key(&self, key: u64) -> bool {
        !self.is_free() && self.key() == key
    }

    #[inline(always)]
    pub(crate) fn node(&self) -> Option<&'static Node> {
        self.node.get()
    }

    #[inline(always)]
    pub(crate) fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn key(&self) -> u64 {
        self.key.load(Ordering::Relaxed)
    }

    /// True if the end of the span has nothing to say but that.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.state.load(Ordering::Relaxed) & (HANDLE - 1) == 0
            && self.domain.load(Ordering::Relaxed) & ORPHANED == 0
    }

    pub(crate) fn kept(&self) -> Option<Kept> {
        Some(Kept {
            node: NodeRef::Static(self.node.get()?),
            site: self.site.get()?,
            started: self.started(),
            number: self.number(),
            key: self.key(),
            state: self.state.load(Ordering::Relaxed),
        })
    }

    pub(crate) fn mark_late(&self) {
        self.state.fetch_or(LATE, Ordering::Relaxed);
    }

    pub(crate) fn clone_handle(&self) {
        self.state.fetch_add(HANDLE, Ordering::Relaxed);
    }

    /// True if it was the last one.
    #[inline(always)]
    pub(crate) fn drop_handle(&self) -> bool {
        // One that is alone can't be cloned meanwhile. Acquire and release: what the others did happened before.
        self.state.load(Ordering::Acquire) / HANDLE == 1
            || self.state.fetch_sub(HANDLE, Ordering::AcqRel) / HANDLE == 1
    }

    /// Frees the slot of a span that has closed.
    #[inline(always)]
    pub(crate) fn free(&self) {
        self.id.store(0, Ordering::Release);
    }

    /// Its subscriber is gone.
    pub(super) fn orphan(&self) {
        self.domain.fetch_or(ORPHANED, Ordering::Relaxed);
    }

    /// Frees it; true if it was an orphan.
    pub(crate) fn release(&self) -> bool {
        let is_orphan = self.domain.load(Ordering::Relaxed) & ORPHANED != 0;
        self.free();
        is_orphan
    }
}
