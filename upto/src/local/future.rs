//! Events of asynchronous functions of which nothing is said but how they ended: what the attribute uses there.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::task::{Rare, Running};
use super::write::{record_end, start_detached};
use crate::clock::cycles;
use crate::path::{CallSite, NodeRef};
use crate::record::{Outcome, Time};
use crate::value::Value;

/// The event of a future that is being run. Dropped before [`TaskEvent::done`], it is cancelled.
///
/// It does less than an [`Event`](crate::Event), and takes less room in the future that it is part of. That is lent
/// for each run, so that it is stored only once, by whoever made it, and can be dropped before this: what is nested in
/// an event ends before the event does.
#[derive(Debug)]
// Dropped by hand: what the compiler adds would not be inlined, and in the way of events that do nothing.
pub struct TaskEvent(ManuallyDrop<Option<Started>>);

#[derive(Debug)]
struct Started {
    node: NodeRef,
    /// In cycles.
    at: u64,
    /// The start's number, 0 if it was not recorded.
    id: u64,
    rare: Rare,
}

impl TaskEvent {
    /// Starts an event of `site` below the current one, with the values of the site's keys.
    #[cold]
    #[inline(never)]
    pub fn start(site: &'static CallSite, values: &[Value]) -> Self {
        let rare = Rare::of_start();
        let started = start_detached(site, values).map(|(node, at, id)| Started { node, at, id, rare });
        TaskEvent(ManuallyDrop::new(started))
    }

    /// Runs `future` in the event. One that does nothing leaves the current event as it is.
    #[inline(always)]
    pub fn run<'r, F>(&'r mut self, future: Pin<&'r mut F>) -> impl Future<Output = F::Output>
    where
        F: Future + ?Sized,
    {
        InTask { event: self, future }
    }

    /// The future is done: ends the event.
    #[inline(always)]
    pub fn done(&mut self) {
        if self.0.is_some() {
            self.end(true);
        }
    }

    /// Leaves an event that does nothing.
    #[cold]
    #[inline(never)]
    fn end(&mut self, is_done: bool) {
        if let Some(Started { node, at, id, rare }) = self.0.take() {
            let ended = cycles::now();
            record_end(node, outcome(is_done, &rare), Time::Cycles(at), ended, id);
        }
    }
}

impl Drop for TaskEvent {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.end(false);
        }
    }
}

/// A panic is no cancellation. What a destructor does while one unwinds is not what panicked.
fn outcome(is_done: bool, rare: &Rare) -> Outcome {
    match is_done {
        true => Outcome::Done,
        false if std::thread::panicking() && !rare.began_in_panic() => Outcome::Panicked,
        false => Outcome::Cancelled,
    }
}

struct InTask<'r, F: ?Sized> {
    event: &'r mut TaskEvent,
    future: Pin<&'r mut F>,
}

impl<F: Future + ?Sized> Future for InTask<'_, F> {
    type Output = F::Output;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let InTask { event, future } = &mut *self;
        let started = event.0.as_mut();
        let _running = started.map(|event| Running::resume(&event.node, event.id, &mut event.rare));
        future.as_mut().poll(context)
    }
}
