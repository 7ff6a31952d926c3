//! Without a client, an annotated function is the function and nothing else.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::polling::{finish, pause};
use crate::sent::{sent_by, without_client};

static ASKED: AtomicU32 = AtomicU32::new(0);

/// Counts how often an option's expression is evaluated.
fn asked() -> String {
    ASKED.fetch_add(1, Ordering::Relaxed);
    "asked".to_owned()
}

#[derive(Debug)]
struct Answer;

impl std::fmt::Display for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&asked())
    }
}

struct Returned(u32);

impl std::fmt::Debug for Returned {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&asked())
    }
}

#[upto::event(name = asked(), context = asked(), host = asked(), fields(key = asked(), shown = %Answer), err, ret)]
fn function(number: u32) -> Result<Returned, Answer> {
    if number == 0 {
        return Err(Answer);
    }
    Ok(Returned(number + 1))
}

#[upto::event(name = asked(), fields(key = asked()), err, ret)]
async fn later(number: u32) -> Result<Returned, Answer> {
    pause().await;
    function(number)
}

#[upto::event(name = asked(), fields(key = asked()), ret)]
fn future(number: u32) -> impl Future<Output = Returned> {
    async move { Returned(number) }
}

#[upto::event(name = asked(), fields(key = asked()))]
fn boxed(number: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { number })
}

fn use_all() {
    assert!(function(0).is_err());
    assert_eq!(function(1).map(|returned| returned.0).ok(), Some(2));
    assert_eq!(finish(later(2)).map(|returned| returned.0).ok(), Some(3));
    assert_eq!(finish(future(4)).0, 4);
    assert_eq!(finish(boxed(5)), 5);
}

#[test]
fn no_expression_is_evaluated_and_nothing_is_formatted() {
    let evaluated = without_client(|| {
        let before = ASKED.load(Ordering::Relaxed);
        use_all();
        ASKED.load(Ordering::Relaxed) - before
    });
    assert_eq!(evaluated, 0);
}

#[test]
fn with_one_they_are() {
    let mut evaluated = 0;
    let events = sent_by(|| {
        let before = ASKED.load(Ordering::Relaxed);
        use_all();
        evaluated = ASKED.load(Ordering::Relaxed) - before;
    });
    // Each of three calls of `function` has five options, and formats either its error (for `err`) or its value
    // (for `ret`); then come the options of the others, and the values of two of them.
    assert_eq!(evaluated, 3 * 6 + 3 + 3 + 2);
    assert_eq!(events.len(), 6);
}
