//! `/api/fleet`: hosts, checks, results, groups of tasks, and what could not be done.

mod dead_letters;
mod forge_status;
mod groups;
mod hosts;
mod live;
mod measurements;
mod represent;
mod results;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) use self::dead_letters::{__path_list as __path_list_dead, list as list_dead};
pub(super) use self::forge_status::{
    __path_healthy, __path_ready, __path_show as __path_show_status, healthy, ready, show as show_status,
};
pub(super) use self::groups::{__path_show as __path_show_group, __path_want, show as show_group, want};
pub(super) use self::hosts::{
    __path_forget, __path_list as __path_list_hosts, __path_show as __path_show_host, forget,
    list as list_hosts, show as show_host,
};
pub(super) use self::live::{__path_follow, follow};
pub(super) use self::measurements::{__path_measure, measure, measured};
use self::represent::{Chart, SpreadProperties};
pub(super) use self::results::{__path_list as __path_list_results, list as list_results};
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::{Answer, App, Problem, href};
use crate::fleet::check::Check;
use crate::fleet::schedule::{Agenda, Progress};
use crate::fleet::spread::Spread;

pub(super) const PATH: &str = "/api/fleet";

/// What the fleet is doing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fleet)]
pub(super) struct FleetProperties {
    /// This server asks for checks, or would if no other one did.
    enabled: bool,
    /// Tasks that were scheduled so far.
    scheduled: u64,
    /// Tasks that were dropped, since nobody took them.
    dropped: u64,
    /// Results that this server has seen since it runs.
    seen: u64,
    /// Hosts that are known.
    hosts: usize,
    /// Those of them that say at present that they are there.
    there: usize,
}

/// A check, and what it came to last.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetCheck)]
pub(super) struct CheckProperties {
    name: String,
    /// What a value is; empty for a plain number.
    unit: String,
    period_seconds: f64,
    scheduled: u64,
    dropped: u64,
    /// Tasks that no worker has claimed.
    waiting: u64,
    /// Over the hosts of the last result; null where none measured anything.
    spread: Option<SpreadProperties>,
}

/// A check with what it came to lately.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetCheckInDetail)]
pub(super) struct DetailProperties {
    #[serde(flatten)]
    check: CheckProperties,
    /// The results that are at hand, the oldest first.
    chart: Chart,
}

/// What the fleet is doing, and links to its parts.
#[utoipa::path(
    get,
    path = "/api/fleet",
    responses((status = OK, body = Resource<FleetProperties>))
)]
pub(super) async fn show(State(app): State<App>) -> Answer<Hal<Resource<FleetProperties>>> {
    let agenda = app.fleet.agenda().await?;
    let (members, moment) = (app.fleet.members().all(), app.fleet.moment());
    let sum = |count: fn(&Progress) -> u64| agenda.checks.values().map(count).sum();
    let properties = FleetProperties {
        enabled: app.fleet.settings().enabled,
        scheduled: sum(|progress| progress.scheduled),
        dropped: sum(|progress| progress.dropped),
        seen: app.fleet.board().arrived(),
        hosts: members.len(),
        there: members.iter().filter(|member| member.is_there(moment.monotonic)).count(),
    };
    let links = Links::of(PATH)
        .with_template("hosts", format!("{PATH}/hosts{}", hosts::VARIABLES))
        .with("checks", format!("{PATH}/checks"))
        .with("dead-letters", format!("{PATH}/dead-letters"))
        .with("live", format!("{PATH}/live"));
    Ok(Hal(Resource { properties, links }))
}

/// The checks that are asked for.
#[utoipa::path(
    get,
    path = "/api/fleet/checks",
    responses((status = OK, body = List<Nothing, Resource<CheckProperties>>))
)]
pub(super) async fn checks(State(app): State<App>) -> Answer<Hal<List<Nothing, Resource<CheckProperties>>>> {
    let (agenda, mut item) = (app.fleet.agenda().await?, Vec::new());
    for check in app.fleet.checks() {
        let properties = properties(&app, check, &agenda).await?;
        item.push(Resource { properties, links: links(check) });
    }
    let addresses = app.fleet.checks().iter().map(|check| address(&check.name));
    let links = Links::of(format!("{PATH}/checks")).with_many("item", addresses);
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// A check, and what it came to lately.
#[utoipa::path(
    get,
    path = "/api/fleet/checks/{check}",
    responses((status = OK, body = Resource<DetailProperties>))
)]
pub(super) async fn check(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Answer<Hal<Resource<DetailProperties>>> {
    let (check, agenda) = (find(&app, &name)?, app.fleet.agenda().await?);
    let properties = properties(&app, check, &agenda).await?;
    let chart = Chart::of(app.fleet.board().latest(&check.name).map(AsRef::as_ref));
    Ok(Hal(Resource { properties: DetailProperties { check: properties, chart }, links: links(check) }))
}

/// The check of this name.
fn find<'a>(app: &'a App, segment: &str) -> Answer<&'a Check> {
    let name = href::name(segment);
    let found = app.fleet.checks().iter().find(|check| check.name == name);
    found.ok_or_else(|| {
        let detail = if app.fleet.settings().enabled {
            "hosts are not asked for such a check"
        } else {
            "hosts are not asked for anything: start the server with --fleet"
        };
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}

async fn properties(app: &App, check: &Check, agenda: &Agenda) -> Answer<CheckProperties> {
    let Progress { scheduled, dropped, .. } = agenda.checks.get(&check.name).copied().unwrap_or_default();
    let waiting = app.fleet.waiting(check).await?;
    let latest = app.fleet.board().latest(&check.name).next().cloned();
    Ok(CheckProperties {
        name: check.name.clone(),
        unit: check.unit.clone(),
        period_seconds: check.period.as_secs_f64(),
        scheduled,
        dropped,
        waiting,
        spread: latest.and_then(|outcome| Spread::of(outcome.answers())).map(Into::into),
    })
}

fn address(check: &str) -> String {
    format!("{PATH}/checks/{}", href::encoded(&href::label(check)))
}

fn links(check: &Check) -> Links {
    let address = address(&check.name);
    let results = format!("{address}/results{}", results::VARIABLES);
    Links::of(address).with("collection", format!("{PATH}/checks")).with_template("results", results)
}
