//! The guard of an event, and points.

mod builder;
mod ending;
mod held;
mod point;
mod slot;

use std::borrow::Cow;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use self::builder::{EventBuilder, start_at, start_detached_at};
pub(crate) use self::ending::Ending;
pub use self::point::{Point, point};
use self::slot::Slot;
use crate::clock::cycles;
use crate::current::{self, Open, Scope};
use crate::local;
use crate::record::{Outcome, Time};
use crate::state;
use crate::value::{Captured, Value, captured};
use crate::wire::Status;

/// Starts an event: a task that lasts until the guard that this returns is dropped.
///
/// `name` is a path below the current event's: `"a.b"` are two levels, and a dot within a level is
/// escaped ([`escape`](crate::escape)). A level may have an empty name: `"a..b"` are three levels, `".a"` and `"a."` are
/// two. A backslash in front of anything but a dot or another backslash stands for itself; one at the very end of a name
/// does too, and is written in the path as `\\`, lest it escape the dot in front of what is below. An event whose whole name is empty is not sent, and counted as [`dropped_name`](crate::Stats::dropped_name). What
/// starts on this thread while the guard lives is nested under it.
///
/// **In async code**, a guard that lives across an `.await` belongs to its task only if the future is run as a
/// task of its own: by `#[upto::event]` on the `async` function, by
/// [`in_current_event`](crate::InstrumentExt::in_current_event), or by a span that instruments it and that
/// `upto-tracing` sees. In any other future the guard stays with the thread while the task is suspended, so that
/// whatever else the thread runs meanwhile, other tasks too, is nested under it.
///
/// Never blocks and never fails: without a client, the guard does nothing.
///
/// ```
/// let event = upto::event("compile");
/// event.attr("files", 3);
/// if let Err(error) = std::fs::read("input.c") {
///     event.fail(error);
/// }
/// ```
#[inline(always)]
#[must_use = "the event ends when the guard is dropped: bind it to a name such as `_event`"]
pub fn event(name: impl Into<Cow<'static, str>>) -> Event {
    if state::now().is_off() { Event::none() } else { Event::named(name.into()) }
}

/// An event that is open. It ends when this is dropped: failed if a panic drops it, cancelled if it
/// belongs to a future that is dropped before it is done.
///
/// It may be sent to another thread and end there, and several threads may say something of it at once.
#[derive(Debug)]
#[must_use = "the event ends when the guard is dropped: bind it to a name such as `_event`"]
// Dropped by hand: what the compiler adds would not be inlined, and is in the way of events that do nothing.
pub struct Event(ManuallyDrop<Option<Active>>);

#[derive(Debug)]
struct Active {
    scope: Scope,
    started: Time,
    began_in_panic: bool,
    /// What ties it to its frame on the stack of the thread that it was opened on; `None`: it is detached.
    open: Option<Arc<Open>>,
    ending: Slot<Option<Box<Ending>>>,
}

impl Event {
    /// An event with more than a name, not yet started.
    pub fn builder(name: impl Into<Cow<'static, str>>) -> EventBuilder {
        EventBuilder::new(name.into())
    }

    /// An event that does nothing.
    #[inline]
    pub const fn none() -> Event {
        Event(ManuallyDrop::new(None))
    }

    fn of(active: Active) -> Event {
        Event(ManuallyDrop::new(Some(active)))
    }

    #[inline(never)]
    fn named(name: Cow<'static, str>) -> Event {
        EventBuilder::named(name).start()
    }

    /// Adds an attribute, or replaces the one of this key. It is sent with the end. An event has at most
    /// 128, with keys of at most 256 bytes; what is over is left out, and the event marked as truncated.
    ///
    /// So it is when the attributes of all open events take more than three quarters of the
    /// [budget](crate::ClientBuilder::total_bytes), together with what waits in the queues.
    ///
    /// It lends the event: what is known when it starts is said by [`EventBuilder::attr`], which gives it away.
    pub fn attr(&self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> &Self {
        if self.0.is_some() {
            let (key, value) = (key.into(), value.into());
            self.change(|ending| ending.set_attribute(key, value));
        }
        self
    }

    /// Marks the event failed and says why (cut at 256 bytes; if formatting that panics, that it did). It goes on until it
    /// ends.
    pub fn fail(&self, error: impl fmt::Display) -> &Self {
        if self.0.is_some() {
            // Before the event is locked: a `Display` may use this very event.
            self.set_status(Status::Failed, captured(format_args!("{error}")));
        }
        self
    }

    /// Links this event to one that it follows from without being part of it: the cause of its being there,
    /// such as the request that queued a job. It is sent with the end, as the attribute `follows`, which lists ids, and which no
    /// [`attr`](Event::attr) of that key replaces. An event
    /// follows at most 32 others, each once; what is over is left out, and the event marked as truncated.
    ///
    /// `cause` is the scope of an [`Event`] or that of [`Scope::current`]. Nothing is linked to an event that was dropped
    /// because the queue was full, to one of an earlier client, and in a child process after `fork` to one of the parent's.
    pub fn follows(&self, cause: &Scope) -> &Self {
        self.change(|ending| ending.follow(cause.id));
        self
    }

    /// Ends the event.
    pub fn end(self) {
        drop(self);
    }

    /// Ends the event at a time of the caller's: for importers, which tell of what is long past.
    ///
    /// A time before that of the start is sent as it is, since what is stored is what was told; such an event is shown as
    /// one that took no time.
    pub fn end_at(self, time: SystemTime) {
        self.change(|ending| ending.ended_at = Some(nanoseconds(time)));
    }

    /// Ends the event as given up before it was done.
    pub fn cancel(self) {
        self.mark_cancelled();
    }

    /// Marks the event as given up before it was done. It goes on until it ends, which may be by
    /// [`end_at`](Event::end_at). One that has failed stays failed.
    pub fn mark_cancelled(&self) -> &Self {
        self.set_status(Status::Cancelled, Captured::default());
        self
    }

    /// The event as seen by its descendants; `None` if nothing is sent.
    #[inline(always)]
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.0.as_ref().map(|active| &active.scope)
    }

    fn change(&self, change: impl FnOnce(&mut Ending)) {
        if let Some(active) = &*self.0 {
            active.ending.change(|ending| change(ending.get_or_insert_default()));
        }
    }

    /// A failure is not taken back by what comes later.
    fn set_status(&self, status: Status, reason: Captured) {
        self.change(|ending| ending.set_status(status, reason));
    }

    /// Leaves an event that does nothing.
    #[inline(never)]
    pub(crate) fn end_now(&mut self) {
        let now = cycles::now();
        if std::thread::panicking() {
            self.mark_panicked();
        }
        if let Some(active) = self.0.take() {
            active.end(now);
        }
    }

    #[cold]
    fn mark_panicked(&self) {
        // What a destructor does while a panic unwinds is not what panicked.
        if self.0.as_ref().is_some_and(|active| !active.began_in_panic) {
            self.set_status(Status::Failed, captured(format_args!("panicked")));
        }
    }
}

impl Drop for Event {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.end_now();
        }
    }
}

impl Active {
    fn end(mut self, now: u64) {
        let ending = self.take_ending();
        let Scope { node, key, id } = self.scope;
        match &self.open {
            Some(open) if local::with_stack(|stack| stack.close(key)).flatten().is_none() => {
                open.end(&node.attention);
            }
            Some(_) => {}
            None => current::end(key),
        }
        match ending {
            Some(_) if id == 0 => local::count_unrecorded_end(),
            Some(ending) => local::send_end(ending.message(node, id, self.started, now)),
            None => local::record_end(node, Outcome::Done, self.started, now, id),
        }
    }

    /// What there is to say at the end, if that is more than that it has come.
    fn take_ending(&mut self) -> Option<Box<Ending>> {
        let (mut ending, has_missed) = self.ending.take();
        if has_missed {
            ending.get_or_insert_default().truncated = true;
        }
        ending
    }
}

/// Wall time in nanoseconds since the epoch.
pub(crate) fn now() -> i64 {
    nanoseconds(SystemTime::now())
}

/// Nanoseconds since the epoch, less than none before it.
pub(crate) fn nanoseconds(time: SystemTime) -> i64 {
    let saturated = |since: Duration| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => saturated(since),
        Err(before) => -saturated(before.duration()),
    }
}
