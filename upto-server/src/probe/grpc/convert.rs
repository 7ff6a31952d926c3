//! Records as messages, and back.

use super::super::model::{NAME_BYTES, Origin, Probe, Record, State};
use super::super::protocol::v1;

/// A record as it is sent.
pub(crate) fn probe_of(cluster: &str, record: &Record) -> v1::Probe {
    let Record { number, time, round_trip, probe, .. } = record;
    v1::Probe {
        cluster: cluster.to_owned(),
        number: *number,
        time: *time,
        round_trip: *round_trip,
        state: super::state(probe.state).into(),
        problem: probe.problem.clone().unwrap_or_default(),
        figures: probe.figures.iter().map(|(name, value)| (name.clone(), *value)).collect(),
        detail: probe.detail.clone().into_bytes(),
    }
}

/// What a collector brings: the cluster's name, and the record.
///
/// # Errors
/// What is wrong with it.
pub(super) fn record_of(delivered: v1::Delivered, collector: &str) -> Result<(String, Record), &'static str> {
    let probe = delivered.probe.ok_or("there is no probe in what was delivered")?;
    if !(1..=NAME_BYTES).contains(&probe.cluster.len()) {
        return Err("the name of a cluster has 1 to 256 bytes");
    }
    let state = match probe.state() {
        v1::State::Up => State::Up,
        v1::State::Degraded => State::Degraded,
        v1::State::Down => State::Down,
        v1::State::Unspecified => return Err("a probe says no state"),
    };
    let found = Probe {
        state,
        problem: Some(probe.problem).filter(|problem| !problem.is_empty()),
        figures: probe.figures.into_iter().collect(),
        detail: String::from_utf8(probe.detail).map_err(|_| "the detail of a probe is no JSON")?,
    };
    let origin = Origin { collector: collector.to_owned(), number: delivered.number };
    let (time, round_trip) = (probe.time, probe.round_trip.max(0));
    let record = Record { number: 0, time, round_trip, probe: found.within_limits(), origin: Some(origin) };
    Ok((probe.cluster, record))
}
