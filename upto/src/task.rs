//! Events of futures: current while the future is polled, whichever thread polls it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::current::{Scope, Stack, swap};
use crate::event::Event;

/// A future that runs in an event: what it starts is nested under that.
///
/// Guards that the future holds across an `.await` stay with it when it is suspended or moves to another
/// thread.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct InEvent<F> {
    future: Pin<Box<F>>,
    stack: Stack,
}

/// Lets futures keep the event that they were made in.
pub trait InstrumentExt: Future + Sized {
    /// Runs this future in the event that is current now, wherever it is polled later:
    /// `tokio::spawn(work().in_current_event())`.
    fn in_current_event(self) -> InEvent<Self> {
        InEvent { future: Box::pin(self), stack: Scope::current().into_iter().collect() }
    }
}

impl<F: Future> InstrumentExt for F {}

impl<F: Future> Future for InEvent<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let _swapped = Swapped::new(&mut this.stack);
        this.future.as_mut().poll(context)
    }
}

/// The task's stack stands in for the thread's until this is dropped, by a panic too.
struct Swapped<'s>(&'s mut Stack);

impl<'s> Swapped<'s> {
    fn new(stack: &'s mut Stack) -> Self {
        swap(stack);
        Swapped(stack)
    }
}

impl Drop for Swapped<'_> {
    fn drop(&mut self) {
        swap(self.0);
    }
}

/// Runs `future` in `event`, which ends with it; cancelled if the future is dropped before it is done.
pub async fn in_event<F: Future>(event: Event, future: F) -> F::Output {
    let running = Running(Some(event));
    let output = running.run(future).await;
    running.done();
    output
}

/// As [`in_event`], and an `Err` marks the event failed.
pub async fn in_event_checked<T, E, F>(event: Event, future: F) -> Result<T, E>
where
    E: fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    let running = Running(Some(event));
    let output = running.run(future).await;
    if let (Some(event), Err(error)) = (&running.0, &output) {
        event.fail(error);
    }
    running.done();
    output
}

/// The event of a future that is not done yet.
struct Running(Option<Event>);

impl Running {
    async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut stack: Stack = self.0.as_ref().and_then(Event::scope).cloned().into_iter().collect();
        poll_fn(|context| {
            let _swapped = Swapped::new(&mut stack);
            future.as_mut().poll(context)
        })
        .await
    }

    fn done(mut self) {
        self.0.take();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        match self.0.take() {
            // A panic is not a cancellation: the guard's own drop tells.
            Some(event) if std::thread::panicking() => event.end(),
            Some(event) => event.cancel(),
            None => {}
        }
    }
}
