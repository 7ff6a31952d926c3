//! The connectors that the server has: one file each.

mod cockroachdb;
mod command;
mod fetch;
mod http_json;
#[cfg(feature = "postgres")]
mod postgres;
mod prometheus;
#[cfg(feature = "redis")]
mod redis;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::fetch::Fetcher;
use super::connector::{Connector, ProbeError};
use super::settings::{Asked, ClusterSettings};

/// What all of these have in common.
pub(super) struct Timing {
    pub(super) period: Duration,
    pub(super) timeout: Duration,
}

/// Implements what every connector here says in the same way.
macro_rules! timed {
    ($kind:literal) => {
        fn period(&self) -> Duration {
            self.timing.period
        }

        fn timeout(&self) -> Duration {
            self.timing.timeout
        }

        fn kind(&self) -> &str {
            $kind
        }
    };
}
use timed;

/// The connector of a cluster; `fetcher` is what all of a server share.
///
/// # Errors
/// It can't be made ready.
pub(super) fn connector(
    settings: &ClusterSettings,
    fetcher: &Fetcher,
) -> Result<Arc<dyn Connector>, ProbeError> {
    let timing = Timing { period: settings.period, timeout: settings.timeout };
    Ok(match &settings.asked {
        Asked::CockroachDb(target) => {
            Arc::new(cockroachdb::CockroachDb { fetch: fetcher.for_target(target)?, timing })
        }
        Asked::Prometheus { target, series } => Arc::new(prometheus::Prometheus {
            fetch: fetcher.for_target(target)?,
            series: series.clone(),
            timing,
        }),
        Asked::HttpJson { target, figures, expected } => Arc::new(http_json::HttpJson {
            fetch: fetcher.for_target(target)?,
            figures: figures.clone(),
            expected: expected.clone(),
            timing,
        }),
        Asked::Command(words) => Arc::new(command::Program { words: words.clone(), timing }),
        #[cfg(feature = "postgres")]
        Asked::Postgres { url, login, queries } => {
            Arc::new(postgres::Postgres::new(url, login.as_ref(), queries.clone(), timing)?)
        }
        #[cfg(feature = "redis")]
        Asked::Redis { url, login } => Arc::new(redis::Redis::new(url, login.as_ref(), timing)?),
        #[cfg(not(all(feature = "postgres", feature = "redis")))]
        other => {
            let kind = other.kind();
            return Err(ProbeError::Malformed(format!("this server is built without the connector {kind}")));
        }
    })
}
