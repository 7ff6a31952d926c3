//! The option `when`.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use upto::testing::capture;

use crate::polling::finish;

static ASKED: AtomicU32 = AtomicU32::new(0);

fn is_slow(number: u32) -> bool {
    ASKED.fetch_add(1, Ordering::Relaxed);
    number > 3
}

#[upto::event(name = "plain", when = number > 3, skip_all)]
fn plain(number: u32) -> u32 {
    number
}

#[upto::event(name = "with values", when = is_slow(number))]
fn with_values(number: u32) -> u32 {
    number
}

#[upto::event(name = "checked", when = number > 3, err, ret)]
fn checked(number: u32) -> Result<u32, String> {
    Err(number.to_string())
}

#[upto::event(name = "named", host = "h", when = number > 3)]
fn named(number: u32) -> u32 {
    number
}

#[upto::event(name = "asynchronous", when = number > 3)]
async fn asynchronous(number: u32) -> u32 {
    number
}

#[upto::event(name = "future", when = number > 3)]
fn future(number: u32) -> impl Future<Output = u32> {
    async move { number }
}

#[upto::event(name = "boxed", when = number > 3)]
fn boxed(number: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { number })
}

struct Machine {
    is_watched: bool,
}

impl Machine {
    #[upto::event(name = "method", when = self.is_watched && text.len() > 1, fields(text))]
    fn method(&mut self, text: String) -> String {
        self.is_watched = false;
        text
    }
}

fn call_all(number: u32) {
    plain(number);
    with_values(number);
    assert!(checked(number).is_err());
    named(number);
    finish(asynchronous(number));
    finish(future(number));
    finish(boxed(number));
}

#[test]
fn there_is_an_event_only_where_it_holds() {
    let capture = capture();
    call_all(3);
    assert_eq!(capture.events().paths(), [""; 0]);
    call_all(4);
    let expected = ["plain", "with values", "checked", "named", "asynchronous", "future", "boxed"];
    assert_eq!(capture.events().paths(), expected);
    assert_eq!(ASKED.load(Ordering::Relaxed), 2);
}

#[test]
fn it_may_ask_self_and_arguments() {
    let capture = capture();
    let mut machine = Machine { is_watched: true };
    assert_eq!(machine.method("x".to_owned()), "x");
    machine.is_watched = true;
    assert_eq!(machine.method("xy".to_owned()), "xy");
    assert_eq!(machine.method("xyz".to_owned()), "xyz");
    let events = capture.events();
    assert_eq!((events.len(), events[0].attribute("text")), (1, Some(&"xy".into())));
}

#[test]
fn what_is_below_an_event_that_is_not_wanted_is_below_the_one_above() {
    #[upto::event(name = "unwanted", when = false)]
    fn unwanted() {
        upto::event("inner").end();
    }
    let capture = capture();
    let outer = upto::event("outer");
    unwanted();
    outer.end();
    assert_eq!(capture.events().paths(), ["outer", "outer.inner"]);
}
