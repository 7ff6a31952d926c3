//! What is said of spans between their start and their end.

use std::borrow::Cow;

use super::shards::Shards;
use crate::clock::cycles;
use crate::event::Ending;
use crate::value::{Value, captured};
use crate::wire::Status;

/// By key.
pub(super) static ALL: Shards<u64, Late> = Shards::new();

/// What is sent when the event of a span ends, beside that it does.
#[derive(Debug, Default)]
pub struct Late {
    ending: Ending,
    busy: Option<Busy>,
}

/// How long a span was entered, in nanoseconds.
#[derive(Debug)]
struct Busy {
    started: u64,
    entered: u64,
    /// How often it is entered now, on all threads.
    depth: u32,
    total: u64,
}

impl Late {
    /// Adds an attribute, or replaces the one of this key.
    pub fn attr(&mut self, key: impl Into<Cow<'static, str>>, value: Value) {
        self.ending.set_attribute(key.into(), value);
    }

    /// The event has failed, for this reason. The first one counts.
    pub fn fail(&mut self, reason: &str) {
        self.ending.set_status(Status::Failed, captured(format_args!("{reason}")));
    }

    /// From now on the time is measured that the span is entered, and that it is not.
    pub fn begin_timing(&mut self) {
        let now = cycles::monotonic();
        self.busy = Some(Busy { started: now, entered: now, depth: 0, total: 0 });
    }

    /// The span is entered.
    pub fn time_enter(&mut self) {
        if let Some(busy) = &mut self.busy {
            if busy.depth == 0 {
                busy.entered = cycles::monotonic();
            }
            busy.depth += 1;
        }
    }

    /// The span is left.
    pub fn time_exit(&mut self) {
        if let Some(busy) = &mut self.busy {
            if busy.depth == 1 {
                busy.total += cycles::monotonic().saturating_sub(busy.entered);
            }
            busy.depth = busy.depth.saturating_sub(1);
        }
    }

    pub(super) fn follow(&mut self, number: u64) {
        self.ending.follow(number);
    }

    /// A panic has closed the span.
    pub(crate) fn mark_panicked(&mut self) {
        self.ending.set_status(Status::Failed, captured(format_args!("panicked")));
    }

    /// All of it.
    pub(crate) fn into_ending(mut self) -> Ending {
        while self.busy.as_ref().is_some_and(|busy| busy.depth > 0) {
            self.time_exit();
        }
        if let Some(busy) = self.busy.take() {
            let all = cycles::monotonic().saturating_sub(busy.started);
            self.ending.set_attribute(Cow::Borrowed("busy_ns"), busy.total.into());
            self.ending.set_attribute(Cow::Borrowed("idle_ns"), all.saturating_sub(busy.total).into());
        }
        self.ending
    }
}

/// Does something to what is said of the span `key`.
pub(super) fn change(key: u64, change: impl FnOnce(&mut Late)) {
    if let Some(mut all) = ALL.lock(key) {
        change(all.get_or_insert_default().entry(key).or_default());
    }
}

/// Takes what was said of the span `key`.
pub(crate) fn take(key: u64) -> Late {
    ALL.lock(key).and_then(|mut all| all.as_mut()?.remove(&key)).unwrap_or_default()
}
