//! Events of asynchronous functions of which nothing is said but how they ended: what the attribute uses there.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;

use super::task::{Frames, Running};
use super::write::{record_end, start_detached};
use crate::clock::cycles;
use crate::path::{CallSite, NodeRef, root};
use crate::record::{Outcome, Time};
use crate::state;
use crate::value::Value;

/// The event of a future that is being run. Dropped before [`TaskEvent::done`], it is cancelled.
///
/// It does less than an [`Event`](crate::Event), and takes less room in the future that it is part of. That is lent
/// for each run, so that it is stored only once, by whoever made it, and can be dropped before this: what is nested in
/// an event ends before the event does.
#[derive(Debug)]
pub struct TaskEvent {
    /// In cycles; 0: nothing is sent of it.
    started: u64,
    /// The start's number, 0 if it was not recorded.
    id: u64,
    node: NodeRef,
    frames: Frames,
    began_in_panic: bool,
    is_done: bool,
}

impl TaskEvent {
    /// An event that does nothing.
    #[inline(always)]
    pub fn none() -> Self {
        Self::of(root(), 0, 0)
    }

    /// Starts an event of `site` below the current one, with the values of the site's keys.
    #[inline(always)]
    pub fn start(site: &'static CallSite, values: &[Value]) -> Self {
        if state::now().is_off() { Self::none() } else { Self::start_now(site, values) }
    }

    #[inline(never)]
    fn start_now(site: &'static CallSite, values: &[Value]) -> Self {
        start_detached(site, values)
            .map_or_else(Self::none, |(node, started, id)| Self::of(node, started, id))
    }

    #[inline(always)]
    fn of(node: NodeRef, started: u64, id: u64) -> Self {
        let began_in_panic = started != 0 && std::thread::panicking();
        TaskEvent { started, id, node, frames: Frames::new(), began_in_panic, is_done: false }
    }

    /// Runs `future` in the event. One that does nothing leaves the current event as it is.
    #[inline]
    pub fn run<'r, F>(&'r mut self, mut future: Pin<&'r mut F>) -> impl Future<Output = F::Output>
    where
        F: Future + ?Sized,
    {
        poll_fn(move |context| {
            let is_sent = self.started != 0;
            let _running = is_sent.then(|| Running::resume(&self.node, self.id, &mut self.frames));
            future.as_mut().poll(context)
        })
    }

    /// The future is done: ends the event.
    #[inline(always)]
    pub fn done(mut self) {
        self.is_done = true;
    }

    #[inline(never)]
    fn end(&mut self) {
        let ended = cycles::now();
        let node = mem::replace(&mut self.node, root());
        record_end(node, self.outcome(), Time::Cycles(self.started), ended, self.id);
    }

    /// A panic is no cancellation. What a destructor does while one unwinds is not what panicked.
    fn outcome(&self) -> Outcome {
        match self.is_done {
            true => Outcome::Done,
            false if std::thread::panicking() && !self.began_in_panic => Outcome::Panicked,
            false => Outcome::Cancelled,
        }
    }
}

impl Drop for TaskEvent {
    #[inline(always)]
    fn drop(&mut self) {
        if self.started != 0 {
            self.end();
        }
    }
}
