//! What each thread has for itself: its queue, and which event it is in.
//!
//! Mostly a thread is in an event whose node lives for ever, among events that end in the reverse order of their
//! starts. Then `current` alone says where it is: starting and ending an event of an annotated function is a comparison,
//! the time, and a few stores. Whatever else may happen is told by a [`Stack`], and `current` is `None`
//! while what it says is more than `current` can hold.

// Thread-locals are reached by pointers, and messages by the addresses in their records.
#![allow(unsafe_code)]

mod event;
mod future;
mod queue;
mod span;
mod task;
#[cfg(test)]
mod tests;
mod write;

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

pub use self::event::LocalEvent;
pub use self::future::TaskEvent;
pub(crate) use self::queue::{
    POOL, begin_numbers, detach_after_fork, leave_readers, numbers_until_now, receive, send,
    take_left_readers,
};
pub(crate) use self::span::{
    end_span, enter_span, entered_spans, exit_span, has_slot, keep_span, node_below, start_span,
    start_span_below, start_span_with,
};
pub(crate) use self::task::{Rare, Running as TaskRun};
#[cfg(test)]
pub(crate) use self::write::record_in;
pub(crate) use self::write::{
    count_unrecorded_end, count_unrecorded_event, end_of, record_end, record_start, send_end, start_detached,
};

use crate::client::Shared;
use crate::current::Stack;
use crate::path::{Node, NodeRef, ROOT, root};
use crate::ring::Producer;
use crate::span::{self as spans, Block, Entered};
use crate::state::State;

thread_local! {
    // Nothing in it has a destructor, so that reaching it is no more than adding to a register, and possible as
    // long as the thread is.
    static LOCAL: Local = const { Local::new() };
}

pub(crate) struct Local {
    /// The state in which the queue was made ready; another one is looked into before anything is written.
    state: Cell<State>,
    /// The innermost event; `None`: ask the stack.
    current: Cell<Option<&'static Node>>,
    /// The number of the start of the innermost event that has no frame on the stack, nor was entered as a span: of an
    /// annotated function, or of the task that is being polled.
    latest: Cell<u64>,
    producer: Producer,
    /// Whose flusher reads the queue, if there is one.
    client: Cell<Option<&'static Shared>>,
    /// Spans that were entered since anything was done to the stack; none while `current` is `None`.
    entered: Entered,
    stack: RefCell<ManuallyDrop<Stack>>,
    /// Where spans are kept that are opened here.
    block: Cell<Option<&'static Block>>,
    /// How many subscribers were gone when this thread last looked for what it has entered of them.
    gone_domains: Cell<u64>,
    /// Tells this thread from all others; 0: not needed so far.
    number: Cell<u64>,
    /// The thread's other variables are gone, and it is about to end.
    is_departing: Cell<bool>,
}

impl Local {
    const fn new() -> Self {
        Local {
            state: Cell::new(State::NONE),
            current: Cell::new(Some(&ROOT)),
            latest: Cell::new(0),
            producer: Producer::detached(),
            client: Cell::new(None),
            entered: Entered::new(),
            stack: RefCell::new(ManuallyDrop::new(Stack::new())),
            block: Cell::new(None),
            gone_domains: Cell::new(0),
            number: Cell::new(0),
            is_departing: Cell::new(false),
        }
    }

    /// Does something with what this thread has.
    #[inline(always)]
    fn with<T>(work: impl FnOnce(&Local) -> T) -> T {
        // Unlike `LocalKey::with`, this is inlined, and there are two of it in each event.
        match LOCAL.try_with(std::ptr::from_ref) {
            // SAFETY: without a destructor, it is there as long as the thread is, and `work` can't keep it.
            Ok(local) => work(unsafe { &*local }),
            // Does not happen to what has no destructor.
            Err(_) => LOCAL.with(work),
        }
    }

    /// The node of the innermost event; the root if there is none.
    fn current(&self) -> NodeRef {
        match self.current.get() {
            Some(node) if !node.needs_attention() && self.knows_who_is_gone() => NodeRef::Static(node),
            _ => self.with_stack(|stack, _| stack.current().clone()).unwrap_or_else(root),
        }
    }

    /// Likewise, with the number of its start; 0: it was not recorded.
    fn current_event(&self) -> (NodeRef, u64) {
        let node = self.current();
        let number = match self.entered.last() {
            Some(span) if node.is(span.node) => spans::number_of(span.key),
            Some(_) => self.latest.get(),
            None => {
                let of_frame = self.stack.try_borrow().ok().and_then(|stack| stack.number_of(&node));
                of_frame.unwrap_or(self.latest.get())
            }
        };
        (node, number)
    }

    fn knows_who_is_gone(&self) -> bool {
        self.gone_domains.get() == spans::gone_domains()
    }

    /// What is entered of the spans of subscribers that are gone is current no more.
    fn learn_who_is_gone(&self, stack: &mut Stack) {
        let gone = spans::gone_domains();
        if self.gone_domains.get() != gone && spans::look_at_domains(|living| stack.end_all_but(living)) {
            self.gone_domains.set(gone);
        }
    }

    /// Likewise; false: the stack can't be reached now.
    fn look_who_is_gone(&self) -> bool {
        self.knows_who_is_gone() || self.with_stack(|_, local| local.knows_who_is_gone()).unwrap_or(false)
    }

    /// Does something to the stack, with `current` in it, and takes `current` out again if it can hold it. `None`: the
    /// stack is in use further up, by a destructor that runs while it is changed.
    fn with_stack<T>(&self, change: impl FnOnce(&mut Stack, &Local) -> T) -> Option<T> {
        let mut stack = self.stack.try_borrow_mut().ok()?;
        self.entered.spill(&mut stack);
        if let Some(current) = self.current.take() {
            stack.set_current(NodeRef::Static(current));
        }
        stack.sweep();
        self.learn_who_is_gone(&mut stack);
        let result = change(&mut stack, self);
        self.current.set(stack.simple_current());
        if self.is_departing.get() && stack.is_empty() {
            stack.free();
        }
        Some(result)
    }
}

/// The innermost event of this thread; the root if there is none.
pub(crate) fn current() -> NodeRef {
    Local::with(Local::current)
}

/// Likewise, with the number of its start; 0: it was not recorded.
pub(crate) fn current_event() -> (NodeRef, u64) {
    Local::with(Local::current_event)
}

/// Does something to this thread's stack.
pub(crate) fn with_stack<T>(change: impl FnOnce(&mut Stack) -> T) -> Option<T> {
    queue::stay_informed();
    Local::with(|local| local.with_stack(|stack, _| change(stack)))
}

/// True if anything was opened or entered here whose end is not known.
pub(crate) fn has_frames() -> bool {
    let has_frames = |local: &Local| local.stack.try_borrow().is_ok_and(|stack| !stack.is_empty());
    Local::with(|local| !local.entered.is_empty() || has_frames(local))
}

/// Tells this thread from all others of this process.
pub(crate) fn thread_number() -> u64 {
    Local::with(Local::number)
}
