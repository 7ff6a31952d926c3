//! What is run for how many hosts.

use clap::ValueEnum;
use serde::Serialize;

/// Servers and a store for so many hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Setup {
    pub(crate) hosts: u32,
    pub(crate) servers: u32,
    /// Of each server.
    pub(crate) cores: u32,
    pub(crate) store: StoreKind,
}

/// Where servers store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoreKind {
    /// A file of each server's own
    Redb,
    /// One Redis for all, with `appendfsync always`
    Redis,
    /// One PostgreSQL for all
    Postgres,
}

impl StoreKind {
    /// Whether all servers share one.
    pub(crate) fn is_shared(self) -> bool {
        self != StoreKind::Redb
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            StoreKind::Redb => "redb",
            StoreKind::Redis => "redis",
            StoreKind::Postgres => "postgres",
        }
    }
}

/// Those that `docs/scaling.md` compares.
pub(crate) const USUAL: [Setup; 8] = [
    of(10, 1, 1, StoreKind::Redb),
    of(1_000, 1, 1, StoreKind::Redb),
    of(1_000, 1, 4, StoreKind::Redb),
    of(1_000, 2, 4, StoreKind::Postgres),
    of(100_000, 1, 8, StoreKind::Redb),
    of(100_000, 2, 8, StoreKind::Redis),
    of(100_000, 4, 8, StoreKind::Redis),
    of(100_000, 4, 8, StoreKind::Postgres),
];

const fn of(hosts: u32, servers: u32, cores: u32, store: StoreKind) -> Setup {
    Setup { hosts, servers, cores, store }
}
