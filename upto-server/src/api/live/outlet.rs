//! The body of a live stream, which its client has to read.
//!
//! A connection asks for more when it has room. One that has not asked for a while since it was given something is told
//! [`SLOW`] if it asks after all, which ends the stream; one that does not even do that is cut off. What waits for it
//! meanwhile is what it was given last, and where it is in what others are told: nobody keeps anything for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::Stream;
use tokio::time::sleep;

use super::frame::SLOW;
use crate::doors::Cut;
use crate::metrics::Metrics;

/// Bytes that a connection is given at once: one that is slow has to take so many in time, and not a whole update.
const PIECE: usize = 16 << 10;

/// What limits how slowly a client may read.
#[derive(Clone)]
pub(in crate::api) struct Pace {
    /// How long it may take nothing of what it is told.
    pub(super) patience: Duration,
    /// How its connection is cut off.
    pub(super) cut: Cut,
    /// Whether who reads may still do so: a token ends some time, and a stream does not.
    pub(super) is_let_in: Arc<dyn Fn() -> bool + Send + Sync>,
    pub(super) metrics: Arc<Metrics>,
}

/// A response that tells everything that comes.
pub(in crate::api) fn response(told: impl Stream<Item = Bytes> + Send + 'static, pace: Pace) -> Response {
    let taking = Arc::new(Taking::default());
    tokio::spawn(pace.clone().watch(Arc::downgrade(&taking)));
    pace.metrics.live_readers.inc();
    let body = Outlet { told: Box::pin(told), piece: Bytes::new(), taking, pace, is_over: false };
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    (headers, Body::from_stream(body)).into_response()
}

impl Pace {
    /// Cuts the connection off when it has taken nothing for twice as long as it may. Ends with the stream.
    async fn watch(self, taking: Weak<Taking>) {
        loop {
            sleep(self.patience / 2).await;
            let Some(taking) = taking.upgrade() else { return };
            if taking.since().is_some_and(|since| since.elapsed() >= self.patience * 2) {
                taking.count(&self.metrics);
                return self.cut.now();
            }
        }
    }
}

/// Whether a connection takes what it is given.
#[derive(Debug, Default)]
struct Taking {
    /// When it was given something, if it did not ask for more since.
    since: Mutex<Option<Instant>>,
    is_counted: AtomicBool,
}

impl Taking {
    fn since(&self) -> Option<Instant> {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, since: Option<Instant>) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// Counts it as slow, once.
    fn count(&self, metrics: &Metrics) {
        if !self.is_counted.swap(true, Ordering::Relaxed) {
            metrics.live_readers_slow.inc();
        }
    }
}

struct Outlet<S> {
    told: Pin<Box<S>>,
    /// What is left of the frame that is being told.
    piece: Bytes,
    taking: Arc<Taking>,
    pace: Pace,
    is_over: bool,
}

impl<S: Stream<Item = Bytes>> Outlet<S> {
    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        while self.piece.is_empty() {
            match self.told.as_mut().poll_next(context) {
                Poll::Ready(Some(frame)) => self.piece = frame,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
        let length = self.piece.len().min(PIECE);
        Poll::Ready(Some(self.piece.split_to(length)))
    }
}

impl<S: Stream<Item = Bytes>> Stream for Outlet<S> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over || !(self.pace.is_let_in)() {
            return Poll::Ready(None);
        }
        if self.taking.since().is_some_and(|since| since.elapsed() >= self.pace.patience) {
            self.taking.count(&self.pace.metrics);
            self.is_over = true;
            // What was begun has to have an end before that.
            let rest = std::mem::take(&mut self.piece);
            return Poll::Ready(Some(Ok([&rest, SLOW.as_bytes()].concat().into())));
        }
        let next = self.next(context);
        let is_given = matches!(next, Poll::Ready(Some(_)));
        self.taking.set(is_given.then(Instant::now));
        next.map(|piece| piece.map(Ok))
    }
}

impl<S> Drop for Outlet<S> {
    fn drop(&mut self) {
        self.pace.metrics.live_readers.dec();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures_util::stream::{self, StreamExt};

    use super::*;

    fn pace(patience: Duration) -> Pace {
        Pace { patience, cut: Cut::default(), is_let_in: Arc::new(|| true), metrics: Arc::default() }
    }

    fn outlet(frames: &[&'static str], patience: Duration) -> (Response, Arc<Metrics>) {
        let pace = pace(patience);
        let metrics = pace.metrics.clone();
        let frames: Vec<_> = frames.iter().map(|text| Bytes::from_static(text.as_bytes())).collect();
        (response(stream::iter(frames), pace), metrics)
    }

    async fn pieces(response: Response) -> Vec<String> {
        let pieces = response.into_body().into_data_stream();
        let text = |piece: Result<Bytes, axum::Error>| String::from_utf8_lossy(&piece.expect("bytes")).into();
        pieces.map(text).collect().await
    }

    #[tokio::test]
    async fn who_reads_is_told_everything_and_long_frames_in_pieces() {
        let long: &'static str = "x".repeat(PIECE + 1).leak();
        let (response, metrics) = outlet(&["a", "", long], Duration::from_secs(60));
        assert_eq!(metrics.live_readers.get(), 1);
        let pieces = pieces(response).await;
        assert_eq!(pieces.iter().map(String::len).collect::<Vec<_>>(), [1, PIECE, 1]);
        assert_eq!((metrics.live_readers.get(), metrics.live_readers_slow.get()), (0, 0));
    }

    #[tokio::test]
    async fn who_asks_too_late_is_told_so_and_nothing_more() {
        let (response, metrics) = outlet(&["a", "b"], Duration::ZERO);
        assert_eq!(pieces(response).await, ["a", SLOW]);
        assert_eq!(metrics.live_readers_slow.get(), 1);
    }

    #[tokio::test]
    async fn what_was_begun_is_ended_before_that() {
        let long: &'static str = "x".repeat(PIECE + 1).leak();
        let (response, _) = outlet(&[long, "b"], Duration::ZERO);
        assert_eq!(pieces(response).await[1], format!("x{SLOW}"));
    }

    #[tokio::test]
    async fn who_may_not_read_any_more_is_told_nothing_more() {
        let asked = AtomicUsize::new(0);
        let is_let_in = Arc::new(move || asked.fetch_add(1, Ordering::Relaxed) < 2);
        let frames = ["a", "b", "c"].map(|text| Bytes::from_static(text.as_bytes()));
        let pace = Pace { is_let_in, ..pace(Duration::from_secs(60)) };
        assert_eq!(pieces(response(stream::iter(frames), pace)).await, ["a", "b"]);
    }

    #[tokio::test]
    async fn who_never_asks_is_cut_off() {
        let pace = pace(Duration::from_millis(2));
        let (cut, metrics) = (pace.cut.clone(), pace.metrics.clone());
        let response = response(stream::iter([Bytes::from_static(b"a")]), pace);
        let mut body = response.into_body().into_data_stream();
        assert!(body.next().await.is_some());
        cut.wanted().await;
        assert_eq!(metrics.live_readers_slow.get(), 1);
    }
}
