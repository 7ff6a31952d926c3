//! Clusters that are watched: connectors ask them again and again, and what they find out is kept, shown and relayed.
//!
//! A [`Connector`] asks one cluster; those that the server has are in `connectors`, and what is pure of them in `cockroach`
//! and `exposition`. The `runner` asks each in its turn. What it finds goes to the `registry`, which stores it and tells who
//! watches; or, in a process of its own, to a `collector`, which brings it to a server. `grpc` is how clients ask for it, in
//! the protocol of dbmon and in one of our own ([`protocol`]).

mod cockroach;
pub(crate) mod collector;
mod connector;
mod connectors;
mod exposition;
pub(crate) mod grpc;
mod model;
pub mod protocol;
pub(crate) mod registry;
mod reload;
mod runner;
mod settings;
mod watched;

/// What an implementation of [`Connector`] stands under.
pub use async_trait::async_trait;

pub use self::collector::{CollectorConfig, CollectorHandle, CollectorTarget};
pub use self::connector::{Command, Connector, ProbeError};
pub use self::exposition::{NoSelector, Selector, Take};
pub(crate) use self::model::{NAME_BYTES, Record};
pub use self::model::{Probe, State};
pub use self::reload::Reread;
pub(crate) use self::reload::follow;
pub(crate) use self::runner::Planned;
pub use self::settings::{Asked, ClusterSettings, HttpTarget, Kept, Series};
pub(crate) use self::watched::Watched;

/// A count as a figure. It is exact up to 2^53, which nothing here reaches.
pub(crate) fn figure(count: usize) -> f64 {
    count as f64
}
