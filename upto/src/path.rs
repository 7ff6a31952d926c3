//! Where in the tree of events an event is: its path, and what it was given beside.
//!
//! Programs start events at few places, below few others, again and again. So a place below a place is a node
//! that is made once and kept for ever, found again by comparing two pointers: a calling context tree (Ammons,
//! Ball and Larus, "Exploiting hardware performance counters with flow and context sensitive profiling",
//! PLDI 1997), whose nodes are call sites instead of procedures. A path's text is put together by the
//! flusher, once.
//!
//! Names that are made while the program runs would fill the tree with nodes that are never used again. They, and
//! what is below them, get nodes that are counted and go when their events have gone.

// One pointer that was leaked on purpose is followed: see `CallSite::below` and `table`.
#![allow(unsafe_code)]

mod node;
mod table;

use std::sync::atomic::{AtomicPtr, Ordering};

use self::node::static_child;
pub(crate) use self::node::{Given, LongPath, Node, NodeRef, ROOT, child, counted_child, root};
pub(crate) use self::table::{by_slot, places};

/// A place in a program's code where events start. Made by the macros, as a constant.
#[derive(Debug)]
pub struct CallSite {
    name: &'static str,
    keys: &'static [&'static str],
    /// The node of the latest event from here, which the next one mostly has, too.
    latest: AtomicPtr<Node>,
}

impl CallSite {
    /// A place whose events have this name below their parent, and attributes with these keys.
    #[must_use]
    pub const fn new(name: &'static str, keys: &'static [&'static str]) -> Self {
        CallSite { name, keys, latest: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// What its events are named.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The node of this place's events below `above`, if it was the latest one.
    #[inline(always)]
    pub(crate) fn latest_below(&self, above: &'static Node) -> Option<&'static Node> {
        // SAFETY: only nodes that live for ever are stored here. Acquire: with what is in them.
        let latest = unsafe { self.latest.load(Ordering::Acquire).as_ref() }?;
        latest.is_right_below(above).then_some(latest)
    }

    /// The node of this place's events below `above`; `None`: the path would be too long, or is empty.
    pub(crate) fn below(&self, above: &NodeRef) -> Option<NodeRef> {
        self.found_below(above, false)
    }

    /// As [`CallSite::below`], of a place whose events are of functions that run on one thread.
    pub(crate) fn local_below(&self, above: &NodeRef) -> Option<NodeRef> {
        self.found_below(above, true)
    }

    fn found_below(&self, above: &NodeRef, is_local: bool) -> Option<NodeRef> {
        let node = static_child(above, self.name, self.keys, is_local)?;
        if let NodeRef::Static(node) = &node {
            self.latest.store(std::ptr::from_ref(*node).cast_mut(), Ordering::Release);
        }
        Some(node)
    }
}

#[cfg(test)]
mod tests;
