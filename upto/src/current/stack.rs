//! What is open on a thread beside events that end in order.
//!
//! A frame knows what was current when it was opened. So events of annotated functions need none: they go back
//! to the node above their own. A frame that ends while something that was opened in it is current stays as ended, and
//! goes when everything in it has ended: then its node is current, and so is at once what was before it.

use std::sync::Arc;

use super::Scope;
use super::open::{Open, is_any_ended_elsewhere};
use crate::path::{Node, NodeRef, root};
use crate::span;

/// Frames, the innermost last.
///
/// Some are opened by guards, which end wherever they are dropped. The others are entered and left, and
/// what guards open in between belongs to them: when a span is left because its future waits, the
/// guards that the future holds go with it, and are back when the future goes on.
#[derive(Debug)]
pub(crate) struct Stack {
    current: Option<NodeRef>,
    frames: Vec<Frame>,
    /// How many of them have ended.
    ended: usize,
    /// Frames below this are of what runs the task that is being polled; they are not taken off meanwhile.
    floor: usize,
}

/// Something that was opened or entered.
#[derive(Debug)]
pub(crate) struct Frame {
    key: u64,
    /// That of the span that was entered; 0: it is none.
    domain: u64,
    node: NodeRef,
    /// What was current before.
    before: NodeRef,
    is_guard: bool,
    has_ended: bool,
    open: Option<Arc<Open>>,
    opened: Opened,
}

/// What is kept for an event, and for one of an annotated function, because its guard has no room for it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opened {
    /// The start's number; 0: it was not recorded, or the span that was entered knows it.
    pub(crate) id: u64,
    pub(crate) began_in_panic: bool,
}

impl Frame {
    fn new(key: u64, node: NodeRef, before: NodeRef, is_guard: bool) -> Self {
        let opened = Opened::default();
        Frame { key, domain: 0, node, before, is_guard, has_ended: false, open: None, opened }
    }

    /// The number of its event's start; 0: it is not known.
    fn number(&self) -> u64 {
        if self.opened.id == 0 { span::number_of(self.key) } else { self.opened.id }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended || self.open.as_ref().is_some_and(|open| open.has_ended())
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.close(&self.node.attention);
        }
    }
}

impl Stack {
    pub(crate) const fn new() -> Self {
        Stack { current: None, frames: Vec::new(), ended: 0, floor: 0 }
    }

    /// The innermost event's node.
    pub(crate) fn current(&self) -> &NodeRef {
        const ROOT: &NodeRef = &NodeRef::Static(&crate::path::ROOT);
        self.current.as_ref().unwrap_or(ROOT)
    }

    pub(crate) fn set_current(&mut self, node: NodeRef) {
        self.current = Some(node);
    }

    /// The current node, if that is all there is to say.
    pub(crate) fn simple_current(&self) -> Option<&'static Node> {
        match self.current() {
            NodeRef::Static(node) if self.ended == 0 => Some(node),
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The number of the innermost event's start, if its node is `node` and it has a frame; 0: it is not known.
    pub(crate) fn number_of(&self, node: &Node) -> Option<u64> {
        // What is below the floor is not of the task that runs.
        let innermost = self.frames.get(self.floor..)?.last()?;
        innermost.node.is(node).then(|| innermost.number())
    }

    /// A guard opens the event that `scope` is of.
    pub(crate) fn open(&mut self, scope: Scope, open: Option<Arc<Open>>) {
        let mut frame = Frame::new(scope.key, scope.node, self.current().clone(), true);
        (frame.open, frame.opened.id) = (open, scope.id);
        self.push(frame);
    }

    /// An annotated function opens `node`.
    pub(crate) fn open_local(&mut self, key: u64, node: NodeRef, opened: Opened) {
        let mut frame = Frame::new(key, node, self.current().clone(), true);
        frame.opened = opened;
        self.push(frame);
    }

    /// The event of an annotated function has ended that was opened as `key`: its node, and what was kept.
    pub(crate) fn close_local(&mut self, key: u64) -> Option<(NodeRef, Opened)> {
        let opened = self.frames.iter().rfind(|frame| frame.key == key)?.opened;
        Some((self.close(key)?, opened))
    }

    fn push(&mut self, frame: Frame) {
        self.current = Some(frame.node.clone());
        self.frames.push(frame);
    }

    /// The guard `key` has ended: gives its node, or `None` if it has no frame here.
    pub(crate) fn close(&mut self, key: u64) -> Option<NodeRef> {
        let place = self.frames.iter().rposition(|frame| frame.key == key && frame.is_guard)?;
        let node = self.frames[place].node.clone();
        self.end_frame(place);
        Some(node)
    }

    /// The event of an annotated function has ended, which has no frame.
    pub(crate) fn leave_node(&mut self, node: &'static Node) {
        if self.current().is(node) {
            self.current = Some(node.parent());
            self.unwind();
        } else if let Some(place) = self.first_in(node) {
            // What was opened in it is still open, and goes back to what is around both.
            self.frames[place].before = node.parent();
        }
    }

    /// The frame that was opened directly in the latest event at `node` that has no frame itself. One behind a frame of
    /// the same node was opened in that.
    fn first_in(&self, node: &Node) -> Option<usize> {
        let is_of_frame = |place: usize| place > 0 && self.frames[place - 1].node.is(node);
        (0..self.frames.len()).rev().find(|place| self.frames[*place].before.is(node) && !is_of_frame(*place))
    }

    /// `scope` is entered, which is of a span of this domain, or of none (0), with the guards that it was left with.
    pub(crate) fn enter_of(&mut self, domain: u64, scope: Scope, guards: Vec<Frame>) {
        let mut frame = Frame::new(scope.key, scope.node, self.current().clone(), false);
        (frame.domain, frame.opened.id) = (domain, scope.id);
        self.push(frame);
        self.open_again(guards);
    }

    /// A span of this domain was entered when `before` was current.
    pub(crate) fn push_entered(&mut self, domain: u64, key: u64, node: NodeRef, before: NodeRef) {
        let mut frame = Frame::new(key, node, before, false);
        frame.domain = domain;
        self.frames.push(frame);
    }

    /// Nobody hears any more that spans are left but those of these domains.
    pub(crate) fn end_all_but(&mut self, living: &[u64]) {
        let is_entered = |frame: &&mut Frame| frame.domain != 0 && !frame.has_ended;
        for frame in self.frames.iter_mut().filter(is_entered) {
            frame.has_ended = !living.contains(&frame.domain);
            self.ended += usize::from(frame.has_ended);
        }
        self.unwind();
    }

    /// True if the scope `key` is entered here.
    pub(crate) fn has_entered(&self, key: u64) -> bool {
        self.entered_keys().any(|entered| entered == key)
    }

    /// The keys of the scopes that are entered here, the innermost first.
    pub(crate) fn entered_keys(&self) -> impl Iterator<Item = u64> {
        self.frames.iter().rev().filter(|frame| !frame.is_guard && !frame.has_ended).map(|frame| frame.key)
    }

    /// Opens frames that were taken off. Those that have ended meanwhile do not come back.
    fn open_again(&mut self, frames: Vec<Frame>) {
        for mut frame in frames {
            if !frame.has_ended() {
                frame.before = self.current().clone();
                self.push(frame);
            }
        }
    }

    /// The latest [`Stack::enter`] of `key` is taken back; what is returned are the guards in it that
    /// are still open.
    pub(crate) fn exit(&mut self, key: u64) -> Vec<Frame> {
        let is_its = |frame: &Frame| !frame.is_guard && !frame.has_ended && frame.key == key;
        let Some(place) = self.frames.iter().rposition(is_its) else { return Vec::new() };
        // Scopes in it that have ended are in nobody's way.
        let is_within = |frame: &&Frame| frame.is_guard || frame.has_ended;
        let guards = self.frames[place + 1..].iter().take_while(is_within).count();
        let left = (place + 1..=place + guards).filter_map(|guard| self.lift(guard)).collect();
        (place..=place + guards).rev().for_each(|ended| self.end_frame(ended));
        left
    }

    /// The event of a scope has ended while that is entered here.
    pub(crate) fn end_entered(&mut self, key: u64) {
        for place in (0..self.frames.len()).rev() {
            // One that has ended may take those below it along.
            if self.frames.get(place).is_some_and(|frame| frame.key == key && !frame.is_guard) {
                self.end_frame(place);
            }
        }
    }

    /// Takes a frame for another place, and leaves one that is about to end in its own.
    fn lift(&mut self, place: usize) -> Option<Frame> {
        let frame = &mut self.frames[place];
        let mut lifted = Frame::new(frame.key, frame.node.clone(), frame.before.clone(), true);
        (lifted.open, lifted.opened) = (frame.open.take(), frame.opened);
        let is_open = !frame.has_ended && !lifted.has_ended();
        // So that it is not taken for the guard's own.
        frame.key = 0;
        is_open.then_some(lifted)
    }

    fn end_frame(&mut self, place: usize) {
        if let Some(frame) = self.frames.get_mut(place).filter(|frame| !frame.has_ended) {
            frame.has_ended = true;
            self.ended += 1;
        }
        self.unwind();
    }

    /// Takes ended frames off as long as nothing that was opened in them is current.
    fn unwind(&mut self) {
        while self.ended > 0 && self.frames.len() > self.floor {
            let is_over = |last: &Frame| last.has_ended && self.current().is(&last.node);
            if !self.frames.last().is_some_and(is_over) {
                return;
            }
            self.current = self.frames.pop().map(|last| last.before.clone());
            self.ended -= 1;
        }
    }

    /// Learns of guards that have ended on other threads.
    pub(crate) fn sweep(&mut self) {
        if !is_any_ended_elsewhere() {
            return;
        }
        for frame in self.frames.iter_mut().filter(|frame| !frame.has_ended) {
            frame.has_ended = frame.open.as_ref().is_some_and(|open| open.has_ended());
            self.ended += usize::from(frame.has_ended);
        }
        self.unwind();
    }

    /// A task goes on: `base` is current, and what its guards hold open. What is returned is for [`Stack::suspend`].
    pub(crate) fn resume(&mut self, base: NodeRef, frames: Vec<Frame>) -> (NodeRef, usize) {
        let before = self.current.replace(base).unwrap_or_else(root);
        let floor = std::mem::replace(&mut self.floor, self.frames.len());
        self.open_again(frames);
        (before, floor)
    }

    /// A task waits: what its guards hold open goes with it.
    pub(crate) fn suspend(&mut self, before: NodeRef, floor: usize) -> Vec<Frame> {
        let place = self.floor.min(self.frames.len());
        let frames: Vec<Frame> = self.frames.drain(place..).collect();
        self.ended -= frames.iter().filter(|frame| frame.has_ended).count();
        let frames = frames.into_iter().filter(|frame| !frame.has_ended()).collect();
        self.floor = floor;
        self.current = Some(before);
        self.unwind();
        frames
    }

    /// Keeps what is there from being taken off, for a task that holds nothing open; for [`Stack::lower_floor`].
    pub(crate) fn raise_floor(&mut self) -> usize {
        std::mem::replace(&mut self.floor, self.frames.len())
    }

    /// Takes [`Stack::raise_floor`] back, if nothing was opened meanwhile and is still there.
    pub(crate) fn lower_floor(&mut self, floor: usize) -> bool {
        let is_at_floor = self.frames.len() == self.floor;
        if is_at_floor {
            self.floor = floor;
        }
        is_at_floor
    }

    /// Forgets everything; what is open stays so, without being current anywhere.
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        (self.ended, self.floor) = (0, 0);
        self.current = None;
        self.free();
    }

    /// Gives the memory of an empty stack back.
    pub(crate) fn free(&mut self) {
        self.frames = Vec::new();
    }
}

#[cfg(test)]
mod tests;
