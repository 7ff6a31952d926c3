#![doc = include_str!("../README.md")]
//! # The map
//!
//! The modules in the order in which data flows: `input` receives bytes, `decode` makes messages of them,
//! `ingest` is the one door through which those go to the `catalog` of timelines and, in [`block`]s, to the
//! [`store`]; `live` tells watchers, [`doors`] says who gets in, [`api`] answers over HTTP and `ui` is the page. [`timeline`] holds the model
//! and the questions that can be asked of it. [`watch`] knows who is alive and tells who has to know, [`fleet`] asks all hosts
//! how they are, [`probe`] asks clusters. [`retention`] says
//! what is kept, [`maintenance`] has the tools for stores. [`agent`] is the server's helper on other hosts, and `handover` takes
//! what it brings. [`config`] is what the server is told, [`server`] wires everything
//! together.

pub mod config;
pub mod server;

mod input;

mod decode;

mod ingest;
pub use self::ingest::Unstored;

mod catalog;
pub use self::catalog::block;
pub mod store;

mod live;

pub mod doors;
pub mod pki;

pub mod api;
mod ui;

pub mod timeline;

pub mod watch;

pub mod fleet;

pub mod probe;

pub mod retention;

pub mod maintenance;

pub mod agent;
mod handover;

pub mod clock;
mod metrics;
mod rounds;

#[cfg(test)]
mod fixtures;

pub use self::server::{Handle, Server, ServerBuilder, StartError};
