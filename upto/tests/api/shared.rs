//! Events that several threads have at once, and futures that hold a reference to one.

use std::thread;

use tokio::runtime::Builder;
use tokio::task::yield_now;
use upto::testing::{capture, capture_all};
use upto::{Event, Value};

fn is_shared<T: Send + Sync + 'static>() {}

#[test]
fn what_has_to_do_with_events_is_shared() {
    is_shared::<Event>();
    is_shared::<upto::EventBuilder>();
    is_shared::<upto::Point>();
    is_shared::<upto::Scope>();
}

async fn bytes() -> u64 {
    yield_now().await;
    7
}

async fn note(event: &Event) {
    event.attr("noted", bytes().await);
}

async fn work() {
    let event = Event::builder("work").start_detached();
    event.attr("bytes", bytes().await);
    note(&event).await;
    upto::point("point").attr("bytes", bytes().await);
}

#[test]
fn a_future_that_runs_on_any_thread_may_hold_a_reference() {
    let capture = capture_all();
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async { tokio::spawn(work()).await.unwrap() });
    let events = capture.events();
    let (event, point) = (events.find("work").unwrap(), events.find("point").unwrap());
    assert_eq!(event.attribute("bytes"), Some(&Value::from(7)));
    assert_eq!(event.attribute("noted"), Some(&Value::from(7)));
    assert_eq!(point.attribute("bytes"), Some(&Value::from(7)));
}

#[test]
fn threads_that_speak_at_once_are_heard_or_marked() {
    let capture = capture();
    let event = upto::event("shared");
    thread::scope(|scope| {
        for number in 0..4 {
            let event = &event;
            scope.spawn(move || {
                for count in 0..100 {
                    event.attr(format!("thread {number}"), count);
                }
            });
        }
    });
    event.end();
    let events = capture.events();
    let last = |number: i64| events[0].attribute(&format!("thread {number}")) == Some(&Value::from(99));
    assert!(events[0].truncated || (0..4).all(last), "{events:#?}");
}

#[test]
fn what_is_formatted_may_speak_of_the_event_itself() {
    struct Says<'e>(&'e Event);
    impl std::fmt::Display for Says<'_> {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.attr("inner", 1).mark_cancelled();
            formatter.write_str("said")
        }
    }
    let capture = capture();
    let event = upto::event("event");
    event.attr("outer", upto::display(Says(&event))).fail(Says(&event));
    event.end();
    let events = capture.events();
    assert_eq!((events[0].attributes.len(), events[0].text.as_str()), (2, "said"));
    assert!(!events[0].truncated);
}
