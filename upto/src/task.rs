//! Events of futures: current while the future is polled, whichever thread polls it.

use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::event::Event;
use crate::local::{self, Rare, TaskRun};
use crate::path::NodeRef;

pin_project! {
    /// A future that runs in an event: what it starts is nested under that.
    ///
    /// Guards that the future holds across an `.await` stay with it when it is suspended or moves to another
    /// thread.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InEvent<F> {
        #[pin]
        future: F,
        base: NodeRef,
        // Of its start.
        number: u64,
        rare: Rare,
    }
}

/// Lets futures keep the event that they were made in, and their guards to themselves.
///
/// A thread has one stack of open guards, and a plain future that is suspended leaves its guards there: what
/// the thread runs meanwhile, other tasks too, is nested under them. So each future that holds a guard
/// ([`event`](crate::event())) across an `.await` is to be run by
/// [`in_current_event`](InstrumentExt::in_current_event), be in a function under `#[upto::event]`, or be
/// instrumented by a span that `upto-tracing` sees.
pub trait InstrumentExt: Future + Sized {
    /// Runs this future in the event that is current now, wherever it is polled later. Its guards are its own:
    /// nothing outside of it is nested under them. Where no event is current, it is part of none, but its
    /// guards are its own all the same.
    ///
    /// ```
    /// use upto::InstrumentExt as _;
    ///
    /// # async fn read() {}
    /// # async fn example() {
    /// tokio::spawn(
    ///     async {
    ///         let _request = upto::event("request");
    ///         read().await; // other tasks run meanwhile, and are not nested under `request`
    ///     }
    ///     .in_current_event(),
    /// );
    /// # }
    /// ```
    fn in_current_event(self) -> InEvent<Self> {
        let (base, number) = local::current_event();
        InEvent { future: self, base, number, rare: Rare::default() }
    }
}

impl<F: Future> InstrumentExt for F {}

impl<F: Future> Future for InEvent<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _running = TaskRun::resume(this.base, *this.number, this.rare);
        this.future.poll(context)
    }
}

/// The event of a future that is being run. Dropped before [`Running::done`], it is cancelled.
///
/// The future is lent for each run, so that it is stored only once, by whoever made it, and can be dropped
/// before this: what is nested in an event ends before the event does.
#[derive(Debug)]
pub struct Running {
    event: Event,
    // Dropped by hand: it is empty where the event does nothing.
    rare: ManuallyDrop<Rare>,
}

impl Running {
    /// An event, started detached, that is yet to run.
    #[inline(always)]
    pub fn new(event: Event) -> Self {
        Running { event, rare: ManuallyDrop::default() }
    }

    /// Runs `future` in the event. One that does nothing leaves the current event as it is.
    #[inline(always)]
    pub fn run<'r, F>(&'r mut self, future: Pin<&'r mut F>) -> impl Future<Output = F::Output>
    where
        F: Future + ?Sized,
    {
        InRunning { running: self, future }
    }

    /// The event.
    #[inline(always)]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The future is done: ends the event.
    #[inline(always)]
    pub fn done(&mut self) {
        if self.event.scope().is_some() {
            self.end();
        }
    }

    #[inline(never)]
    fn end(&mut self) {
        self.event.end_now();
        drop(mem::take(&mut *self.rare));
    }

    /// A panic is no cancellation: the event's own end tells.
    #[inline(never)]
    fn cancel(&mut self) {
        self.event.mark_cancelled();
        self.end();
    }
}

impl Drop for Running {
    #[inline(always)]
    fn drop(&mut self) {
        if self.event.scope().is_some() {
            self.cancel();
        }
    }
}

struct InRunning<'r, F: ?Sized> {
    running: &'r mut Running,
    future: Pin<&'r mut F>,
}

impl<F: Future + ?Sized> Future for InRunning<'_, F> {
    type Output = F::Output;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let InRunning { running, future } = &mut *self;
        let Running { event, rare } = &mut **running;
        let _running = event.scope().map(|scope| TaskRun::resume(&scope.node, scope.id, rare));
        future.as_mut().poll(context)
    }
}
