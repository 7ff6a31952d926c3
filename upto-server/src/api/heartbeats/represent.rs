//! How a heartbeat is written.

use serde::Serialize;
use utoipa::ToSchema;

use super::PATH;
use crate::api::hal::{Links, Resource};
use crate::api::represent::{seconds, time};
use crate::api::{App, href};
use crate::doors::{Caller, Scope};
use crate::watch::heartbeat::Heartbeat;

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// How a heartbeat stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Heartbeat)]
pub(in crate::api) struct HeartbeatProperties {
    service: String,
    /// Empty for services that do not tell their runs apart.
    run: String,
    /// new, up, late, dead, cancelled or paused.
    state: &'static str,
    /// Since when it stands so; late counts as up.
    since: String,
    /// When it pulsed last; null: never.
    last: Option<String>,
    /// When it has to pulse again; null: it is not waited for.
    expected: Option<String>,
    /// When it is dead unless it pulses.
    deadline: Option<String>,
    next_seconds: f64,
    grace_seconds: f64,
    /// Who is told; null: as the server's rules say.
    alert: Option<Target>,
    /// What it said of itself.
    text: String,
    /// How often it was dead.
    deaths: u64,
    uptime: Uptime,
}

/// Who is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AlertTarget)]
struct Target {
    r#type: String,
    target: String,
}

/// Parts of the last time in which it was not dead, 0 to 1; null while it was not known.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct Uptime {
    day: Option<f64>,
    week: Option<f64>,
    month: Option<f64>,
}

/// A heartbeat with its links. What it may be pulsed with is for those alone who may pulse.
pub(super) fn resource(app: &App, caller: &Caller, heartbeat: &Heartbeat) -> Resource<HeartbeatProperties> {
    let address = address(heartbeat);
    let may_pulse = caller.allows(Scope::Send) && heartbeat.run.is_empty() && !heartbeat.ping.is_empty();
    let ping = may_pulse.then(|| format!("/ping/{}", heartbeat.ping));
    let paused = href::heartbeat(&heartbeat.service);
    let links = Links::of(address)
        .with("collection", PATH)
        .with("paused", format!("{paused}/paused"))
        .with_some("ping", ping);
    Resource { properties: properties(heartbeat, app.watch.now()), links }
}

/// The address of a heartbeat.
pub(super) fn address(heartbeat: &Heartbeat) -> String {
    let service = href::heartbeat(&heartbeat.service);
    match &*heartbeat.run {
        "" => service,
        run => format!("{service}?run={}", href::encoded(run)),
    }
}

fn properties(heartbeat: &Heartbeat, now: i64) -> HeartbeatProperties {
    let uptime = |days: i64| heartbeat.uptime(now.saturating_sub(days * DAY), now);
    HeartbeatProperties {
        service: heartbeat.service.to_string(),
        run: heartbeat.run.to_string(),
        state: heartbeat.state(now).as_str(),
        since: time(heartbeat.since),
        last: heartbeat.last.map(time),
        expected: heartbeat.deadline().and(heartbeat.expected).map(time),
        deadline: heartbeat.deadline().map(time),
        next_seconds: seconds(heartbeat.next),
        grace_seconds: seconds(heartbeat.grace),
        alert: heartbeat
            .alert
            .as_ref()
            .map(|alert| Target { r#type: alert.kind.clone(), target: alert.address.clone() }),
        text: heartbeat.text.clone(),
        deaths: heartbeat.deaths,
        uptime: Uptime { day: uptime(1), week: uptime(7), month: uptime(30) },
    }
}
