//! Futures, polled by hand: a test decides when, how often and on which thread.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Polls once.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until the future is done, which is to need no one else for that.
pub(crate) fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
    }
}

/// Pending at the first poll, done at the second.
pub(crate) fn pause() -> impl Future<Output = ()> {
    let mut is_second = false;
    std::future::poll_fn(move |_| {
        let is_done = std::mem::replace(&mut is_second, true);
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
}
