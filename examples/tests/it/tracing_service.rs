//! `tracing-service` as its users run it.

use upto_server::timeline::State;

use crate::programs::{output, told};
use crate::reader::Reader;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tracing-service");

#[test]
fn requests_and_their_queries_are_seen() {
    let reader = Reader::new();
    let said = output(told(&reader, PROGRAM).args(["--requests", "8", "--clients", "2"]));
    assert_eq!(said, "6 orders taken, 2 refused\n");
    // Of each request itself, its look at the stock, and the order of those that were taken; and the start-up with two steps.
    let events = reader.settled("tracing-service", 8 + 8 + 6 + 3);
    let count = |name: &str| events.all().iter().filter(|event| &*event.name == name).count();
    assert_eq!(
        [count("request"), count("request.query\\.stock"), count("request.query\\.order")],
        [8, 8, 6],
        "{:?}",
        events.names()
    );
    events.one("start-up.open.fill");
    let failed = events.all().iter().filter(|event| event.state == State::Failed);
    let reasons: Vec<_> = failed.map(|event| (&*event.name, &*event.text)).collect();
    assert_eq!(reasons, [("request", "there is no such thing"); 2]);
}

#[test]
fn each_request_may_be_a_timeline() {
    let reader = Reader::new();
    output(told(&reader, PROGRAM).args(["--requests", "4", "--clients", "1", "--timeline-per-request"]));
    let timelines = reader.timelines_once("requests", 4);
    assert_eq!(timelines.len(), 4);
    // The last of four is the one that is refused.
    let last = reader.settled("requests", 2);
    assert_eq!(last.names(), ["request", "request.query\\.stock"]);
    let names = reader.events(&timelines[3]).all().len();
    assert_eq!(names, 3, "the request, its look at the stock, its order");
}
