//! `#[upto::event]`: what annotated functions send, which functions it takes, and what it refuses.
#![cfg(feature = "enabled")]

#[path = "macros/attributes.rs"]
mod attributes;
#[path = "macros/futures.rs"]
mod futures;
#[path = "macros/names.rs"]
mod names;
#[path = "macros/nesting.rs"]
mod nesting;
#[path = "macros/outcomes.rs"]
mod outcomes;
#[path = "macros/polling.rs"]
mod polling;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "macros/returned.rs"]
mod returned;
#[path = "macros/sent.rs"]
mod sent;
#[path = "macros/shapes.rs"]
mod shapes;
#[path = "macros/switched_off.rs"]
mod switched_off;
#[path = "macros/ui.rs"]
mod ui;
