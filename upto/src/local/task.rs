//! Tasks: what is current follows them from poll to poll.

use std::mem::ManuallyDrop;

use super::Local;
use crate::current::Frame;
use crate::path::{Node, NodeRef};

/// What few tasks have beside a place: one word, as it is part of every future that is an event.
#[derive(Debug, Default)]
pub(crate) struct Rare(Option<Box<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// What the task's guards hold open while it waits.
    frames: Vec<Frame>,
    began_in_panic: bool,
}

impl Rare {
    /// Of a task that starts now.
    #[inline(always)]
    pub(crate) fn of_start() -> Self {
        Rare(std::thread::panicking().then(|| Box::new(Known { began_in_panic: true, ..Known::default() })))
    }

    pub(crate) fn began_in_panic(&self) -> bool {
        self.0.as_ref().is_some_and(|known| known.began_in_panic)
    }

    fn has_frames(&self) -> bool {
        self.0.as_ref().is_some_and(|known| !known.frames.is_empty())
    }

    fn take_frames(&mut self) -> Vec<Frame> {
        self.0.as_mut().map(|known| std::mem::take(&mut known.frames)).unwrap_or_default()
    }

    fn keep_frames(&mut self, frames: Vec<Frame>) {
        if !frames.is_empty() {
            self.0.get_or_insert_default().frames = frames;
        }
    }
}

/// A task that is being polled: its event is current until this is dropped, by a panic too.
#[derive(Debug)]
// Dropped by hand, as events are.
pub(crate) struct Running<'t> {
    rare: &'t mut Rare,
    before: ManuallyDrop<Before>,
    /// The number that was the latest before.
    latest_before: u64,
}

/// What was current before.
#[derive(Debug)]
enum Before {
    Simple {
        base: &'static Node,
        before: &'static Node,
        floor: usize,
    },
    Stacked(NodeRef, usize),
    /// The stack could not be reached: nothing is changed.
    Unchanged,
}

impl<'t> Running<'t> {
    /// Makes `base` current, the event of which has the start of this number, and what it holds open in it.
    // Not inlined: it would be in every annotated function, where it is in the way while nothing is sent.
    #[inline(never)]
    pub(crate) fn resume(base: &NodeRef, number: u64, rare: &'t mut Rare) -> Self {
        let before = Self::resume_simply(base, rare).unwrap_or_else(|| Self::resume_stacked(base, rare));
        let latest_before = Local::with(|local| local.latest.replace(number));
        Running { rare, before: ManuallyDrop::new(before), latest_before }
    }

    #[inline]
    fn resume_simply(base: &NodeRef, rare: &Rare) -> Option<Before> {
        let NodeRef::Static(base) = base else { return None };
        Local::with(|local| {
            let before = local.current.get().filter(|_| !rare.has_frames())?;
            let mut stack = local.stack.try_borrow_mut().ok()?;
            local.entered.spill(&mut stack);
            let floor = stack.raise_floor();
            local.current.set(Some(base));
            Some(Before::Simple { base, before, floor })
        })
    }

    #[cold]
    fn resume_stacked(base: &NodeRef, rare: &mut Rare) -> Before {
        let resumed = super::with_stack(|stack| stack.resume(base.clone(), rare.take_frames()));
        resumed.map_or(Before::Unchanged, |(before, floor)| Before::Stacked(before, floor))
    }

    #[inline(never)]
    fn suspend(&mut self) {
        Local::with(|local| local.latest.set(self.latest_before));
        match std::mem::replace(&mut *self.before, Before::Unchanged) {
            Before::Simple { base, before, floor } if Self::suspend_simply(base, before, floor) => {}
            Before::Simple { before, floor, .. } => self.suspend_stacked(NodeRef::Static(before), floor),
            Before::Stacked(before, floor) => self.suspend_stacked(before, floor),
            Before::Unchanged => {}
        }
    }

    #[inline]
    fn suspend_simply(base: &'static Node, before: &'static Node, floor: usize) -> bool {
        Local::with(|local| {
            let is_current = local.current.get().is_some_and(|current| std::ptr::eq(base, current));
            let is_simple = is_current
                && local.entered.is_empty()
                && local.stack.try_borrow_mut().is_ok_and(|mut stack| stack.lower_floor(floor));
            if is_simple {
                local.current.set(Some(before));
            }
            is_simple
        })
    }

    #[cold]
    fn suspend_stacked(&mut self, before: NodeRef, floor: usize) {
        let frames = super::with_stack(|stack| stack.suspend(before, floor));
        self.rare.keep_frames(frames.unwrap_or_default());
    }
}

impl Drop for Running<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.suspend();
    }
}
