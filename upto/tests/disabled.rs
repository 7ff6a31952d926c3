//! With the feature `enabled` off, the API is there and does nothing:
//! `cargo nextest run -p upto --no-default-features --test disabled`.
#![cfg(not(feature = "enabled"))]
// What is not as it should be here fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "disabled/machine_code.rs"]
mod machine_code;
#[path = "macros/polling.rs"]
mod polling;
#[path = "disabled/program.rs"]
mod program;
#[path = "macros/shapes.rs"]
mod shapes;

use std::net::UdpSocket;
use std::time::Duration;

use upto::{Client, Event, InstrumentExt, Scope};

/// What options say is checked, and not run.
fn unasked() -> String {
    unreachable!("nothing is evaluated")
}

#[upto::event(name = unasked(), context = unasked(), timeline = unasked(), when = unasked().is_empty(), fields(key = unasked(), number), err, ret)]
fn function(number: u32) -> Result<u32, String> {
    number.checked_add(1).ok_or_else(|| "too many".to_owned())
}

#[upto::event(host = unasked(), fields(key = ?unasked()), err)]
async fn later(number: u32) -> Result<u32, String> {
    polling::pause().await;
    function(number)
}

#[test]
fn annotated_functions_are_plain_functions() {
    assert_eq!(function(1), Ok(2));
    assert!(function(u32::MAX).is_err());
    assert_eq!(polling::finish(later(2)), Ok(3));
}

#[test]
fn functions_of_every_shape_do_what_they_would_without() {
    shapes::use_all();
}

#[test]
fn what_options_say_is_checked() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/macros/ui/accepted/*.rs");
    cases.pass("tests/disabled/ui/accepted/*.rs");
    cases.compile_fail("tests/disabled/ui/refused/*.rs");
}

#[test]
fn the_whole_api_is_there() {
    program::use_everything();
}

#[test]
fn a_scope_is_checked_and_not_run() {
    let key = "key".to_owned();
    let scope = upto::scope!(host = unasked(), when = unasked().is_empty(), unasked(), key, shown = %key);
    assert!(scope.scope().is_none());
    assert_eq!((size_of_val(&scope), key.as_str()), (0, "key"));
}

#[test]
fn captures_see_nothing() {
    let (capture, all) = (upto::testing::capture(), upto::testing::capture_all());
    upto::event("event").end();
    assert!(capture.events().is_empty() && all.marks().is_empty());
    assert_eq!((capture.missed(), upto::child_environment()), (0, Vec::new()));
}

#[test]
fn nothing_is_sent_and_nothing_is_current() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let builder =
        Client::builder().server(&address).unwrap().context("test").timeline("1").host("auto").parent("a.b");
    let guard =
        builder.packet_bytes(1_400).thread_bytes(20 << 10).flush_deadline(Duration::ZERO).init().unwrap();
    let event = upto::event("outer");
    event.attr("key", 1).fail("failed");
    assert!(Scope::current().is_none() && event.scope().is_none());
    Event::builder("inner").context("c").timeline("t").host("h").root().attr("key", "value").start().end();
    Event::builder("detached").start_detached().cancel();
    Event::none().end();
    upto::point("point").attr("key", 1.5);
    upto::new_timeline("2");
    drop(event);
    drop(std::future::ready(()).in_current_event());
    assert!(guard.flush(Duration::ZERO) && Client::stats().is_none());
    drop(guard);
    // Loopback delivers at once: what had been sent would be here.
    socket.set_nonblocking(true).unwrap();
    let problem = socket.recv(&mut [0; 16]).unwrap_err();
    assert_eq!(problem.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn init_does_nothing_whatever_the_environment_says() {
    let guard = upto::init().unwrap();
    assert!(guard.flush(Duration::ZERO));
    assert_eq!(guard.finish(), upto::Stats::default());
    let settings = upto::settings::Settings::default();
    assert!(upto::ClientBuilder::from(settings).packet_bytes(0).init().is_ok());
}
