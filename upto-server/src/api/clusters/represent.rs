//! How clusters and probes are written in JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::PATH;
use crate::api::href;
use crate::api::represent::{seconds, time};
use crate::probe::Record;
use crate::probe::registry::Cluster;

/// What a cluster is, and how.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Cluster)]
pub(in crate::api) struct ClusterProperties {
    pub(super) name: String,
    /// The kind of what asks it.
    connector: String,
    period_seconds: f64,
    /// The collector that asks it; null: this server does.
    collector: Option<String>,
    /// up, degraded, down, or unknown: it was not asked yet.
    state: &'static str,
    /// There should have been another probe meanwhile.
    stale: bool,
    /// What was found out last; null: nothing yet.
    latest: Option<ProbeProperties>,
}

/// What was found out at one time.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Probe)]
pub(in crate::api) struct ProbeProperties {
    /// The place among the probes of the cluster.
    pub(super) number: u64,
    time: String,
    round_trip_seconds: f64,
    state: &'static str,
    /// What is wrong; null: nothing.
    problem: Option<String>,
    /// Numbers by name; units are part of the names.
    figures: BTreeMap<String, f64>,
    /// What the connector has to say beside those, of any type; null: nothing.
    #[schema(value_type = serde_json::Value)]
    detail: Option<Box<RawValue>>,
}

impl ProbeProperties {
    pub(super) fn of(record: &Record) -> Self {
        let Record { number, time: at, round_trip, probe, .. } = record;
        ProbeProperties {
            number: *number,
            time: time(*at),
            round_trip_seconds: seconds(*round_trip),
            state: probe.state.as_str(),
            problem: probe.problem.clone(),
            figures: probe.figures.clone(),
            detail: RawValue::from_string(probe.detail.clone()).ok(),
        }
    }
}

/// What a cluster is, and how at this time.
pub(super) fn properties(cluster: &Cluster, now: i64) -> ClusterProperties {
    let (about, standing) = (cluster.about(), cluster.standing(now));
    ClusterProperties {
        name: cluster.name().to_string(),
        connector: about.kind,
        period_seconds: about.period.as_secs_f64(),
        collector: about.collector,
        state: standing.latest.as_ref().map_or("unknown", |latest| latest.probe.state.as_str()),
        stale: standing.is_stale,
        latest: standing.latest.as_deref().map(ProbeProperties::of),
    }
}

/// The address of a cluster.
pub(super) fn address(name: &str) -> String {
    format!("{PATH}/{}", href::encoded(&href::label(name)))
}
