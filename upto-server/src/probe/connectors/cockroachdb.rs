//! CockroachDB, over the HTTP of any of its nodes.
//!
//! No CockroachDB can be had where this is tested, so an HTTP server replays answers of the documented form there.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::super::cockroach;
use super::super::connector::{Connector, ProbeError};
use super::super::model::Probe;
use super::Timing;
use super::fetch::Fetch;

/// Whether this node takes clients.
const HEALTH: &str = "/health?ready=1";
/// The text page: there when the rest is not.
const VARS: &str = "/_status/vars";
/// What every node says of itself.
const NODES: &str = "/_status/nodes";

pub(super) struct CockroachDb {
    pub(super) fetch: Fetch,
    pub(super) timing: Timing,
}

#[async_trait]
impl Connector for CockroachDb {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let began = Instant::now();
        let health = self.fetch.get(HEALTH).await?.status;
        let round_trip = began.elapsed();
        let vars = self.fetch.get_good(VARS).await;
        let mut probe = Probe::up().with("round_trip_seconds", round_trip.as_secs_f64());
        if health != 200 {
            probe = probe.but(format!("the node takes no clients: the status is {health}"));
        }
        probe = match vars {
            Ok(page) => with_all(probe, cockroach::figures(&String::from_utf8_lossy(&page))),
            Err(error) => probe.but(format!("{VARS}: {error}")),
        };
        Ok(judged(self.with_nodes(probe).await))
    }

    super::timed!("cockroachdb");
}

impl CockroachDb {
    async fn with_nodes(&self, probe: Probe) -> Probe {
        match self.fetch.get_good(NODES).await {
            Ok(answer) => match cockroach::nodes(&answer) {
                Ok(nodes) => {
                    let detail = serde_json::to_string(&nodes.listed).unwrap_or_default();
                    with_all(probe, cockroach::totals(&nodes)).with_detail(detail)
                }
                Err(fault) => probe.but(format!("{NODES}: {fault}")),
            },
            // A secure cluster may want a session there, and has said the most on its text page.
            Err(ProbeError::Status(401 | 403)) => probe,
            Err(error) => probe.but(format!("{NODES}: {error}")),
        }
    }
}

fn with_all(probe: Probe, figures: impl IntoIterator<Item = (&'static str, f64)>) -> Probe {
    figures.into_iter().fold(probe, |probe, (name, value)| probe.with(name, value))
}

/// What the figures say is wrong.
fn judged(probe: Probe) -> Probe {
    let wrong = [("ranges_unavailable", "unavailable ranges"), ("nodes_dead", "dead nodes")];
    wrong.into_iter().fold(probe, |probe, (figure, told)| match probe.figures.get(figure).copied() {
        Some(count) if count > 0.0 => probe.but(format!("{told}: {count}")),
        _ => probe,
    })
}
