//! Texts that are cut say so, by whichever way they are sent.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use upto::testing::capture;
use upto::{Event, Value};

#[upto::event(name = "one", fields(text))]
fn one(text: &str) {}

#[upto::event(name = "several", fields(text, count = 1, shown = %text))]
fn several(text: &str) {}

#[upto::event(name = "many", fields(a = text, b = text, c = text, d = text))]
fn many(text: &str) {}

#[upto::event(name = "later", fields(text))]
async fn later(text: &str) {}

#[upto::event(name = "with a host", host = "h", fields(text))]
fn with_a_host(text: &str) {}

fn all(text: &str) {
    one(text);
    several(text);
    many(text);
    crate::polling::finish(later(text));
    with_a_host(text);
    Event::builder("builder").attr("text", text).start().end();
    upto::event("end").attr("text", text);
    upto::point("point").attr("text", text);
    upto::scope!("scope", text).end();
    upto::scope!(host = "h", "built", ?text).end();
    upto::event("ready").attr("text", Value::Text(text.to_owned().into()));
}

/// `(path, whether it is marked, bytes of its text)` of what is sent.
fn sent(bytes: usize) -> Vec<(String, bool, usize)> {
    let capture = capture();
    all(&"x".repeat(bytes));
    let length = |value: &Value| if let Value::Text(text) = value { text.len() } else { 0 };
    let events = capture.events().into_iter().map(|event| {
        let longest = event.attributes.values().map(length).max().unwrap_or(0);
        (event.path, event.truncated, longest)
    });
    events.collect()
}

#[test]
fn what_fits_is_not_marked() {
    let sent = sent(250);
    assert_eq!(sent.len(), 11);
    for (path, is_marked, bytes) in sent {
        assert!(!is_marked && (250..=252).contains(&bytes), "{path}: {bytes}");
    }
}

#[test]
fn what_is_cut_is_marked() {
    let sent = sent(257);
    assert_eq!(sent.len(), 11);
    for (path, is_marked, bytes) in sent {
        assert!(is_marked && bytes == 256, "{path}: {bytes}");
    }
}

/// Counts how much of it is asked for.
struct Endless;

static ASKED: AtomicUsize = AtomicUsize::new(0);

impl fmt::Display for Endless {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        loop {
            ASKED.fetch_add(1, Ordering::Relaxed);
            formatter.write_str("0123456789abcdef")?;
        }
    }
}

#[test]
fn formatting_ends_where_the_text_does() {
    let capture = capture();
    upto::scope!("endless", shown = %Endless).end();
    assert_eq!(ASKED.load(Ordering::Relaxed), 17);
    assert!(capture.events()[0].truncated);
}
