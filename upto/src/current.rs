//! Which event the running code is part of: one notion for guards, annotated functions, futures and
//! the `tracing` layer.
//!
//! Each thread has a stack of scopes; the topmost open one is current. A future that runs in an event
//! has a stack of its own, which takes the thread's place while the future is polled, so that
//! guards held across an `.await` belong to their task and not to whatever else the thread runs.

mod stack;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) use self::stack::Stack;

/// An event as its descendants see it: their path begins with its path.
///
/// Cheap to clone and to send to other threads.
#[derive(Clone, Debug)]
pub struct Scope(pub(crate) Arc<Node>);

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) path: Arc<str>,
    pub(crate) context: Arc<str>,
    pub(crate) timeline: Arc<str>,
    pub(crate) host: Arc<str>,
    /// The timeline was given for this event or for one above it: it is not the client's.
    pub(crate) has_own_timeline: bool,
    ended: AtomicBool,
    /// Guards that this scope was left with, until it is entered again.
    guards: Mutex<Vec<Scope>>,
}

impl Node {
    pub(crate) fn new(path: Arc<str>, context: Arc<str>, timeline: Arc<str>, host: Arc<str>) -> Self {
        let (ended, guards) = (AtomicBool::new(false), Mutex::default());
        Node { path, context, timeline, host, has_own_timeline: false, ended, guards }
    }

    /// None of them while another thread has them in hand: nothing here waits.
    fn take_guards(&self) -> Vec<Scope> {
        self.guards.try_lock().map(|mut guards| std::mem::take(&mut *guards)).unwrap_or_default()
    }

    /// Ahead of those that an inner `enter` of the same scope was left with.
    fn keep_guards(&self, mut left: Vec<Scope>) {
        if let Ok(mut guards) = self.guards.try_lock() {
            left.append(&mut guards);
            *guards = left;
        }
    }
}

thread_local! {
    static STACK: RefCell<Stack> = const { RefCell::new(Stack::new()) };
}

impl Scope {
    /// The scope of the innermost event that is open here, if there is one.
    #[must_use]
    pub fn current() -> Option<Scope> {
        with_stack(Stack::current).flatten()
    }

    /// The event's full path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Makes this scope the current one of this thread until [`Scope::exit`].
    ///
    /// For integrations that see entering and leaving as two calls; elsewhere, use guards and
    /// [`InstrumentExt`](crate::InstrumentExt).
    pub fn enter(&self) {
        let guards = self.0.take_guards();
        with_stack(|stack| stack.enter(self.clone(), guards));
    }

    /// Takes back the latest [`Scope::enter`] of this scope on this thread, in any order with others.
    ///
    /// Guards that were opened in between and have not ended are no longer current either. They are again when
    /// this scope is entered again, on whichever thread, so that a future that enters it for each
    /// poll keeps the guards that it holds.
    pub fn exit(&self) {
        let guards = with_stack(|stack| stack.leave(self)).unwrap_or_default();
        if !guards.is_empty() {
            self.0.keep_guards(guards);
        }
    }

    /// As [`Scope::enter`], for a guard: what it opened is closed by [`Scope::end`].
    pub(crate) fn open(&self) {
        with_stack(|stack| stack.open(self.clone()));
    }

    /// The event ended, maybe on another thread than the one whose stack still has it.
    pub(crate) fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
        with_stack(|stack| stack.remove(self));
    }

    fn has_ended(&self) -> bool {
        self.0.ended.load(Ordering::Acquire)
    }

    fn is(&self, other: &Scope) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Puts `stack` in the place of the thread's, and the other way round.
pub(crate) fn swap(stack: &mut Stack) {
    with_stack(|current| std::mem::swap(current, stack));
}

/// `None` while the thread's storage is being destroyed, or is in use further up.
fn with_stack<T>(use_it: impl FnOnce(&mut Stack) -> T) -> Option<T> {
    STACK.try_with(|stack| stack.try_borrow_mut().ok().map(|mut stack| use_it(&mut stack))).ok().flatten()
}
