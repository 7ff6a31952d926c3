//! Whether an answer left: what was not delivered is not taken away.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// What is done once an answer has left. It stands among the extensions of the answer.
#[derive(Clone)]
pub(super) struct OnceDelivered(Arc<Mutex<Option<Done>>>);

type Done = Box<dyn FnOnce() + Send>;

impl OnceDelivered {
    pub(super) fn new(done: impl FnOnce() + Send + 'static) -> Self {
        OnceDelivered(Arc::new(Mutex::new(Some(Box::new(done)))))
    }

    fn run(&self) {
        let done = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(done) = done {
            done();
        }
    }
}

/// Has the connection note it when it was given all of an answer: what it has no room for it does not ask for.
pub(super) async fn note(mut response: Response) -> Response {
    match response.extensions_mut().remove::<OnceDelivered>() {
        Some(once) => response.map(|inner| Body::new(Noted { inner, once })),
        None => response,
    }
}

struct Noted {
    inner: Body,
    once: OnceDelivered,
}

impl HttpBody for Noted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        // The last thing is the trailers, which say that it went well.
        if frame.as_ref().is_none_or(|frame| frame.as_ref().is_ok_and(Frame::is_trailers)) {
            self.once.run();
        }
        Poll::Ready(frame)
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
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::StreamExt;

    use super::*;

    fn answer(left: &Arc<AtomicBool>) -> Response {
        let left = left.clone();
        let pieces = ["a", "b"].map(|text| Ok::<_, axum::Error>(Bytes::from_static(text.as_bytes())));
        let mut answer = Response::new(Body::from_stream(futures_util::stream::iter(pieces)));
        answer.extensions_mut().insert(OnceDelivered::new(move || left.store(true, Ordering::SeqCst)));
        answer
    }

    #[tokio::test]
    async fn only_what_was_taken_to_its_end_is_delivered() {
        let left = Arc::new(AtomicBool::new(false));
        let mut body = note(answer(&left)).await.into_body().into_data_stream();
        assert!(body.next().await.is_some());
        drop(body);
        assert!(!left.load(Ordering::SeqCst));
        let body = axum::body::to_bytes(note(answer(&left)).await.into_body(), 10).await.expect("whole");
        assert_eq!((body.as_ref(), left.load(Ordering::SeqCst)), (&b"ab"[..], true));
    }
}
