//! `?skew=`: whether times are corrected where clocks disagree; and what is known of those clocks.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::{Deserialize, Serialize};
use utoipa::openapi::Object;
use utoipa::{IntoParams, ToSchema};

use super::openapi::words;
use super::represent::seconds;
use super::{Answer, Problem};
use crate::timeline::{HostSkew, Skew, Times};

/// Hosts that are told of in one answer, at most: those whose clocks are farthest off.
const HOSTS: usize = 100;

/// The query of a resource that has times, as it is written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SkewQuery {
    #[param(schema_with = kinds)]
    skew: Option<String>,
}

fn kinds() -> Object {
    words("The times that are told; corrected ones if left out.", ["corrected", "raw"])
}

/// The times that a query asks for.
pub(super) fn times(query: Result<Query<SkewQuery>, QueryRejection>) -> Answer<Times> {
    let Query(query) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    times_of(query.skew.as_deref())
}

/// The times that a parameter asks for.
pub(super) fn times_of(skew: Option<&str>) -> Answer<Times> {
    match skew {
        None | Some("corrected") => Ok(Times::Corrected),
        Some("raw") => Ok(Times::Raw),
        Some(_) => Err(Problem::bad_request("skew is \"corrected\" or \"raw\"")),
    }
}

/// An address that keeps asking for these times.
pub(super) fn address(base: String, times: Times) -> String {
    match times {
        Times::Corrected => base,
        Times::Raw if base.contains('?') => format!("{base}&skew=raw"),
        Times::Raw => format!("{base}?skew=raw"),
    }
}

/// How far clocks are apart, in a timeline's properties.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct SkewProperties {
    /// The times beside this are corrected.
    corrected: bool,
    /// Hosts whose clocks were read.
    hosts: usize,
    /// Hosts whose times are corrected unless that is switched off.
    applied: usize,
    clocks: Vec<ClockProperties>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct ClockProperties {
    /// Null: those that name none.
    host: Option<String>,
    offset_seconds: f64,
    uncertainty_seconds: f64,
    applied: bool,
}

impl SkewProperties {
    pub(super) fn of(skew: &Skew, times: Times) -> Self {
        let mut hosts = skew.hosts().to_vec();
        let (count, applied) = (hosts.len(), hosts.iter().filter(|host| host.is_applied).count());
        hosts.sort_by_key(|host| std::cmp::Reverse((host.is_applied, host.offset.saturating_abs())));
        hosts.truncate(HOSTS);
        SkewProperties {
            corrected: skew.is_applied() && times == Times::Corrected,
            hosts: count,
            applied,
            clocks: hosts.iter().map(ClockProperties::from).collect(),
        }
    }
}

impl From<&HostSkew> for ClockProperties {
    fn from(skew: &HostSkew) -> Self {
        ClockProperties {
            host: (!skew.host.is_empty()).then(|| skew.host.to_string()),
            offset_seconds: seconds(skew.offset),
            uncertainty_seconds: seconds(skew.uncertainty),
            applied: skew.is_applied,
        }
    }
}
