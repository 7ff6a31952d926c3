//! What clusters there are, and how each is asked: checked.

use std::path::PathBuf;
use std::time::Duration;

use super::exposition::{Selector, Take};
use crate::watch::alerts::Hidden;

/// A cluster that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// What it is called: 1 to 256 bytes.
    pub name: String,
    /// How often it is asked, from 100 ms to a day.
    pub period: Duration,
    /// How long one probe may take, less than the period.
    pub timeout: Duration,
    /// How many of its probes are kept.
    pub kept: Kept,
    /// What is asked, and how.
    pub asked: Asked,
}

/// How many probes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// At least 1; the newest.
    pub count: u64,
    /// Those that are older are removed, but for the last one.
    pub age: Duration,
}

impl Default for Kept {
    /// 100,000 probes, and those of a week.
    fn default() -> Self {
        Kept { count: 100_000, age: Duration::from_secs(7 * 86_400) }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The endpoints of CockroachDB below this address.
    CockroachDb(HttpTarget),
    /// The text page of any exporter, and which series of it become figures.
    Prometheus {
        /// The page.
        target: HttpTarget,
        /// Figures, and what they are of.
        series: Vec<Series>,
    },
    /// Any JSON, and what of it becomes figures.
    HttpJson {
        /// The address.
        target: HttpTarget,
        /// Figures, and the JSON pointers (RFC 6901) to their numbers.
        figures: Vec<(String, String)>,
        /// JSON pointers, and what has to be there for all to be well.
        expected: Vec<(String, serde_json::Value)>,
    },
    /// PostgreSQL, or what speaks its protocol.
    Postgres {
        /// Such as `postgres://host:5432/database`, without a password.
        url: String,
        /// Who asks.
        login: Option<(String, Hidden)>,
        /// Figures, and the queries that give one number each.
        queries: Vec<(String, String)>,
    },
    /// Redis, or Valkey.
    Redis {
        /// Such as `redis://host:6379` or `rediss://host:6379`, without a password.
        url: String,
        /// Who asks; the name may be empty.
        login: Option<(String, Hidden)>,
    },
    /// A program, which is started each time. There is no shell.
    Command(Vec<String>),
}

/// An address of HTTP, and what is shown there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTarget {
    /// Without credentials.
    pub url: String,
    /// A name and a password.
    pub login: Option<(String, Hidden)>,
    /// A bearer token.
    pub token: Option<Hidden>,
    /// Certificates in PEM that are trusted beside the system's.
    pub ca: Option<PathBuf>,
}

impl HttpTarget {
    /// Asks there with nothing to show.
    pub fn new(url: impl Into<String>) -> Self {
        HttpTarget { url: url.into(), login: None, token: None, ca: None }
    }
}

/// A figure of the samples of a text page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The figure.
    pub figure: String,
    /// Of which samples.
    pub selector: Selector,
    /// How they become one number.
    pub take: Take,
}

impl Asked {
    /// The kind of connector.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Asked::CockroachDb(_) => "cockroachdb",
            Asked::Prometheus { .. } => "prometheus",
            Asked::HttpJson { .. } => "http-json",
            Asked::Postgres { .. } => "postgres",
            Asked::Redis { .. } => "redis",
            Asked::Command(_) => "command",
        }
    }
}
