//! Futures, polled by hand, so that it is known what was polled where.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use tokio::sync::Notify;
use tokio::task::yield_now;
use tracing::{Instrument, Span, dispatcher, info_span};
use upto::InstrumentExt;
use upto::wire::Status;

use crate::collector::collect;

type Boxed<'f> = Pin<Box<dyn Future<Output = ()> + Send + 'f>>;

fn poll(future: &mut Boxed<'_>) -> Poll<()> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls on another thread, inside a span of that thread's.
fn poll_elsewhere(future: &mut Boxed<'_>) -> Poll<()> {
    let dispatch = dispatcher::get_default(Clone::clone);
    let elsewhere = || {
        let _subscriber = dispatcher::set_default(&dispatch);
        let _noise = info_span!("noise").entered();
        let polled = poll(future);
        assert_eq!(upto::Scope::current().unwrap().path(), "noise");
        polled
    };
    thread::scope(|scope| scope.spawn(elsewhere).join().unwrap())
}

fn leaf(name: &'static str) {
    upto::event(name).end();
}

#[test]
fn what_a_waiting_future_holds_is_not_current_for_others() {
    let seen = collect(|| {
        let resume = Notify::new();
        let mut waiting: Boxed<'_> = Box::pin(
            async {
                let _guard = upto::event("guard");
                resume.notified().await;
                info_span!("resumed");
            }
            .instrument(info_span!("waiting")),
        );
        assert!(poll(&mut waiting).is_pending());
        leaf("other");
        info_span!("span").in_scope(|| leaf("inside"));
        resume.notify_one();
        assert!(poll(&mut waiting).is_ready());
    });
    let expected = ["waiting", "waiting.guard", "other", "span", "span.inside", "waiting.guard.resumed"];
    assert_eq!(seen.paths(), expected);
}

#[tracing::instrument]
async fn instrumented() {
    let _guard = upto::event("guard");
    yield_now().await;
    annotated().await;
}

#[upto::event(name = "annotated")]
async fn annotated() {
    let _guard = upto::event("inner");
    yield_now().await;
    async {
        yield_now().await;
        leaf("leaf");
    }
    .instrument(info_span!("span"))
    .await;
    leaf("last");
}

#[test]
fn a_future_takes_its_place_along_from_thread_to_thread() {
    let seen = collect(|| {
        let mut future: Boxed<'static> = Box::pin(instrumented());
        assert!(poll(&mut future).is_pending());
        assert!(poll_elsewhere(&mut future).is_pending());
        assert!(poll(&mut future).is_pending());
        assert!(poll_elsewhere(&mut future).is_ready());
        assert!(upto::Scope::current().is_none());
    });
    let paths = seen.paths().into_iter().filter(|path| *path != "noise").collect::<Vec<_>>();
    let expected = [
        "instrumented",
        "instrumented.guard",
        "instrumented.guard.annotated",
        "instrumented.guard.annotated.inner",
        "instrumented.guard.annotated.inner.span",
        "instrumented.guard.annotated.inner.span.leaf",
        "instrumented.guard.annotated.inner.last",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_future_that_is_dropped_ends_what_it_began() {
    let seen = collect(|| {
        let mut future: Boxed<'_> = Box::pin(instrumented());
        assert!(poll(&mut future).is_pending());
        assert!(poll(&mut future).is_pending());
        drop(future);
        leaf("after");
    });
    let expected = [
        "instrumented",
        "instrumented.guard",
        "instrumented.guard.annotated",
        "instrumented.guard.annotated.inner",
        "after",
    ];
    assert_eq!(seen.paths(), expected);
    assert_eq!(seen.event("instrumented").outcome(), (Status::Ok, ""));
    assert_eq!(seen.event("instrumented.guard.annotated").outcome(), (Status::Cancelled, ""));
    expected.into_iter().for_each(|path| assert!(seen.event(path).end.is_some(), "{path} did not end"));
}

#[test]
fn futures_that_share_a_span_stay_in_it() {
    let seen = collect(|| {
        let span = info_span!("shared");
        let work = || async {
            let _guard = upto::event("guard");
            yield_now().await;
            leaf("leaf");
        };
        let (mut a, mut b): (Boxed<'_>, Boxed<'_>) =
            (Box::pin(work().instrument(span.clone())), Box::pin(work().instrument(span.clone())));
        assert!(poll(&mut a).is_pending() && poll(&mut b).is_pending());
        leaf("outside");
        assert!(poll(&mut a).is_ready() && poll(&mut b).is_ready());
        span.in_scope(|| leaf("last"));
    });
    assert_eq!(seen.event("shared.last").outcome(), (Status::Ok, ""));
    let outside = seen.paths().into_iter().filter(|path| !path.starts_with("shared")).collect::<Vec<_>>();
    assert_eq!(outside, ["outside"]);
}

#[test]
fn a_future_in_the_current_event_has_its_spans_there() {
    let seen = collect(|| {
        let outer = info_span!("outer").entered();
        let mut future: Boxed<'_> = Box::pin(
            async {
                let _span = info_span!("span");
                yield_now().await;
                info_span!("later");
            }
            .in_current_event(),
        );
        drop(outer);
        let _elsewhere = info_span!("elsewhere").entered();
        assert!(poll(&mut future).is_pending());
        assert!(poll(&mut future).is_ready());
        assert_eq!(Span::current().metadata().unwrap().name(), "elsewhere");
    });
    assert_eq!(seen.sorted_paths(), ["elsewhere", "outer", "outer.later", "outer.span"]);
}
