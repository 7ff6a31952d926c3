//! Tasks: what is current follows them from poll to poll.

use super::Local;
use crate::current::Frame;
use crate::path::{Node, NodeRef};

/// What a task's guards hold open while it waits. Mostly nothing.
pub(crate) type Frames = Vec<Frame>;

/// A task that is being polled: its event is current until this is dropped, by a panic too.
#[derive(Debug)]
pub(crate) struct Running<'t> {
    base: &'t NodeRef,
    frames: &'t mut Frames,
    before: Before,
    /// The number that was the latest before.
    latest_before: u64,
}

/// What was current before.
#[derive(Debug)]
enum Before {
    Simple(&'static Node, usize),
    Stacked(NodeRef, usize),
    /// The stack could not be reached: nothing is changed.
    Unchanged,
}

impl<'t> Running<'t> {
    /// Makes `base` current, the event of which has the start of this number, and what `frames` hold open in it.
    #[inline]
    pub(crate) fn resume(base: &'t NodeRef, number: u64, frames: &'t mut Frames) -> Self {
        let before = Self::resume_simply(base, frames).unwrap_or_else(|| Self::resume_stacked(base, frames));
        let latest_before = Local::with(|local| local.latest.replace(number));
        Running { base, frames, before, latest_before }
    }

    #[inline]
    fn resume_simply(base: &NodeRef, frames: &Frames) -> Option<Before> {
        let NodeRef::Static(base) = base else { return None };
        Local::with(|local| {
            let current = local.current.get().filter(|_| frames.is_empty())?;
            let mut stack = local.stack.try_borrow_mut().ok()?;
            local.entered.spill(&mut stack);
            let floor = stack.raise_floor();
            local.current.set(Some(base));
            Some(Before::Simple(current, floor))
        })
    }

    #[cold]
    fn resume_stacked(base: &NodeRef, frames: &mut Frames) -> Before {
        let resumed = super::with_stack(|stack| stack.resume(base.clone(), std::mem::take(frames)));
        resumed.map_or(Before::Unchanged, |(before, floor)| Before::Stacked(before, floor))
    }

    #[inline]
    fn suspend_simply(&self, before: &'static Node, floor: usize) -> bool {
        Local::with(|local| {
            let is_current = local.current.get().is_some_and(|current| self.base.is(current));
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
        *self.frames = super::with_stack(|stack| stack.suspend(before, floor)).unwrap_or_default();
    }
}

impl Drop for Running<'_> {
    #[inline]
    fn drop(&mut self) {
        Local::with(|local| local.latest.set(self.latest_before));
        match std::mem::replace(&mut self.before, Before::Unchanged) {
            Before::Simple(before, floor) if self.suspend_simply(before, floor) => {}
            Before::Simple(before, floor) => self.suspend_stacked(NodeRef::Static(before), floor),
            Before::Stacked(before, floor) => self.suspend_stacked(before, floor),
            Before::Unchanged => {}
        }
    }
}
