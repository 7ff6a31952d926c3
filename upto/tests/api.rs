//! The API beyond guards and the attribute: scopes with attributes, links, times of the caller's, cut texts, captures,
//! events that threads share, formatting that panics, events of many packets, and what processes tell one another.
#![cfg(feature = "enabled")]
// What is not as it should be here fails the test.
#![allow(clippy::unwrap_used)]

#[path = "api/alone.rs"]
mod alone;
#[path = "api/captures.rs"]
mod captures;
#[path = "api/cut.rs"]
mod cut;
#[path = "api/kept.rs"]
mod kept;
#[path = "api/links.rs"]
mod links;
#[path = "api/panics.rs"]
mod panics;
#[path = "api/parts.rs"]
mod parts;
#[path = "api/points.rs"]
mod points;
#[path = "macros/polling.rs"]
mod polling;
#[path = "api/processes.rs"]
mod processes;
#[path = "disabled/program.rs"]
mod program;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "api/scopes.rs"]
mod scopes;
#[path = "api/shared.rs"]
mod shared;
#[path = "api/surface.rs"]
mod surface;
#[path = "api/when.rs"]
mod when;

#[test]
fn the_whole_api_is_there() {
    let capture = upto::testing::capture();
    program::use_everything();
    let paths = capture.events();
    assert!(paths.find("program.outer.scope").is_some(), "{paths:#?}");
}
