//! Which event the running code is part of: one notion for guards, annotated functions, futures and
//! the `tracing` layer.
//!
//! Each thread has a stack of scopes; the topmost open one is current. A future that runs in an event
//! has a stack of its own, which takes the thread's place while the future is polled, so that
//! guards held across an `.await` belong to their task and not to whatever else the thread runs.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    ended: AtomicBool,
}

impl Node {
    pub(crate) fn new(path: Arc<str>, context: Arc<str>, timeline: Arc<str>, host: Arc<str>) -> Self {
        Node { path, context, timeline, host, ended: AtomicBool::new(false) }
    }
}

pub(crate) type Stack = Vec<Scope>;

thread_local! {
    static STACK: RefCell<Stack> = const { RefCell::new(Vec::new()) };
}

impl Scope {
    /// The scope of the innermost event that is open here, if there is one.
    #[must_use]
    pub fn current() -> Option<Scope> {
        with_stack(|stack| {
            while stack.last().is_some_and(Scope::has_ended) {
                stack.pop();
            }
            stack.last().cloned()
        })
        .flatten()
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
        with_stack(|stack| stack.push(self.clone()));
    }

    /// Takes back the latest [`Scope::enter`] of this scope on this thread, in any order with others.
    pub fn exit(&self) {
        with_stack(|stack| {
            if let Some(place) = stack.iter().rposition(|scope| scope.is(self)) {
                stack.remove(place);
            }
        });
    }

    /// The event ended, maybe on another thread than the one whose stack still has it.
    pub(crate) fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
        self.exit();
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
