//! The latest value of each host and check, for who collects metrics here. What is not known is not there: never 0.

use std::fmt;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::fleet::Fleet;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    host: String,
    check: String,
    unit: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Host {
    host: String,
}

/// Writes what is known of a fleet.
///
/// # Errors
/// None in practice: writing to a `String` does not fail.
pub(super) fn write(text: &mut String, fleet: &Fleet) -> fmt::Result {
    if !fleet.settings().enabled {
        return Ok(());
    }
    let mut registry = Registry::with_prefix("upto_fleet");
    registry.register("value", "What a host measured last; nothing where that is not known", values(fleet));
    registry.register("host_there", "Whether a host says at present that it is there", hosts(fleet));
    let results = Gauge::<u64, AtomicU64>::default();
    results.set(fleet.board().arrived());
    registry.register("results_seen", "Results that this server has seen since it runs", results);
    text::encode_registry(text, &registry)
}

fn values(fleet: &Fleet) -> Family<Labels, Gauge<f64, AtomicU64>> {
    let (values, board) = (Family::<Labels, Gauge<f64, AtomicU64>>::default(), fleet.board());
    for member in fleet.members().all() {
        for check in fleet.checks() {
            let standing = fleet.standing(&board, check, &member.host.name);
            let Some(value) = standing.and_then(|standing| standing.value()) else { continue };
            let (host, check, unit) = (member.host.name.clone(), check.name.clone(), check.unit.clone());
            values.get_or_create(&Labels { host, check, unit }).set(value);
        }
    }
    values
}

fn hosts(fleet: &Fleet) -> Family<Host, Gauge> {
    let (hosts, moment) = (Family::<Host, Gauge>::default(), fleet.moment());
    for member in fleet.members().all() {
        let is_there = i64::from(member.is_there(moment.monotonic));
        hosts.get_or_create(&Host { host: member.host.name }).set(is_there);
    }
    hosts
}
