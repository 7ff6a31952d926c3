//! Bodies of requests that take too long: they are cut off.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes in a second that a client has to send at least, once the first patience is over.
const BYTES_PER_SECOND: u64 = 64 << 10;

/// Tells whether a body was cut off.
#[derive(Clone, Debug, Default)]
pub(super) struct Late(Arc<AtomicBool>);

impl Late {
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A body that has to come in time: `patience`, and longer for what is longer.
struct Timed {
    inner: Body,
    began: Instant,
    patience: Duration,
    bytes: u64,
    deadline: Pin<Box<Sleep>>,
    late: Late,
}

/// The body, which fails when it takes too long; `late` says so then.
pub(super) fn timed(inner: Body, patience: Duration, late: Late) -> Body {
    if inner.is_end_stream() {
        return inner;
    }
    let began = Instant::now();
    let deadline = Box::pin(sleep_until(began + patience));
    Body::new(Timed { inner, began, patience, bytes: 0, deadline, late })
}

/// When a body of which so many bytes have come has to be whole.
fn deadline(began: Instant, patience: Duration, bytes: u64) -> Instant {
    began + patience + Duration::from_secs(bytes / BYTES_PER_SECOND)
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            self.late.0.store(true, Ordering::Release);
            return Poll::Ready(Some(Err("the body took too long".into())));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(bytes) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            self.bytes += bytes.len() as u64;
            let until = deadline(self.began, self.patience, self.bytes);
            self.deadline.as_mut().reset(until);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_flows_may_be_long_and_one_that_drips_may_not() {
        let (began, patience) = (Instant::now(), Duration::from_secs(30));
        let seconds = |bytes| deadline(began, patience, bytes).duration_since(began).as_secs();
        assert_eq!((seconds(0), seconds(1_000), seconds(8 << 20)), (30, 30, 158));
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_cut_off() {
        let late = Late::default();
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, BoxError>>());
        let body = timed(never, Duration::ZERO, late.clone());
        assert!(axum::body::to_bytes(body, 10).await.is_err());
        assert!(late.is_so());
    }

    #[tokio::test]
    async fn a_body_in_time_comes_as_it_is() {
        let late = Late::default();
        let body = timed(Body::from("text"), Duration::from_secs(60), late.clone());
        assert_eq!(HttpBody::size_hint(&body).exact(), Some(4));
        assert_eq!(axum::body::to_bytes(body, 10).await.expect("whole"), "text");
        assert!(!late.is_so());
    }
}
