//! Which event the running code is part of: one notion for guards, annotated functions, futures and
//! the `tracing` layer.
//!
//! Each thread knows the innermost event that is open on it. A future that runs in an event takes what its guards
//! opened with it when it is suspended, so that guards held across an `.await` belong to their task and not to
//! whatever else the thread runs.

mod left;
mod open;
mod stack;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use self::left::has_left;
#[cfg(all(test, unix))]
pub(crate) use self::left::while_locked as while_left_is_locked;
pub(crate) use self::open::Open;
pub(crate) use self::stack::{Frame, Opened, Stack};

use crate::local;
use crate::path::NodeRef;

static KEYS: AtomicU64 = AtomicU64::new(1);

/// A number that no other event or scope of this process has, at most 2^63.
pub(crate) fn next_key() -> u64 {
    KEYS.fetch_add(1, Ordering::Relaxed)
}

/// An event as its descendants see it: their path begins with its path.
///
/// Cheap to clone and to send to other threads.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(crate) node: NodeRef,
    pub(crate) key: u64,
    /// The number of the event's start; 0: it was not recorded.
    pub(crate) id: u64,
}

impl Scope {
    /// The scope of the innermost event that is open here, if there is one.
    #[must_use]
    pub fn current() -> Option<Scope> {
        let (node, id) = local::current_event();
        (!node.is_root()).then(|| Scope { node, key: next_key(), id })
    }

    /// The event's full path, with that of the process's own parent (`UPTO_PARENT`) in front, as a child process
    /// is to be given it.
    #[must_use]
    pub fn path(&self) -> String {
        let path = self.node.to_path();
        match crate::client::parent() {
            "" => path,
            parent => [parent, ".", &path].concat(),
        }
    }

    /// Makes this scope the current one of this thread until [`Scope::exit`].
    ///
    /// For integrations that see entering and leaving as two calls; elsewhere, use guards and
    /// [`InstrumentExt`](crate::InstrumentExt).
    pub fn enter(&self) {
        enter(self.clone());
    }

    /// Takes back the latest [`Scope::enter`] of this scope on this thread, in any order with others.
    ///
    /// Guards that were opened in between and have not ended are no longer current either. They are again when
    /// this scope is entered again, on whichever thread, so that a future that enters it for each
    /// poll keeps the guards that it holds.
    pub fn exit(&self) {
        exit(self.key);
    }
}

/// The number of the start of the event that `scope` is of, for tests of this crate.
#[must_use]
pub fn number_of(scope: &Scope) -> u64 {
    scope.id
}

/// Makes `scope` the current one, and what it was left with.
pub(crate) fn enter(scope: Scope) {
    enter_of(0, scope);
}

/// Likewise, where it is of a span of this domain.
pub(crate) fn enter_of(domain: u64, scope: Scope) {
    let left = left::take(scope.key);
    local::with_stack(|stack| stack.enter_of(domain, scope, left));
}

/// Takes back the latest [`enter`] of the scope `key`.
pub(crate) fn exit(key: u64) {
    let guards = local::with_stack(|stack| stack.exit(key)).unwrap_or_default();
    left::keep(key, guards);
}

/// In a child process, makes sure that nothing waits for threads that it does not have.
pub(crate) fn check_after_fork() {
    left::check_after_fork();
}

/// The event of a scope that is entered and left has ended. It is no longer current here; where it is entered on
/// another thread, it is until it is left.
pub(crate) fn end(key: u64) {
    drop(left::take(key));
    if local::has_frames() {
        local::with_stack(|stack| stack.end_entered(key));
    }
}
