//! `/api/fleet/hosts` and `/api/fleet/hosts/{host}`: who is asked, and how each stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::PATH;
use super::represent::AnswerProperties;
use crate::api::asked::Parameters;
use crate::api::hal::{Hal, Items, Links, List, Nothing, Resource};
use crate::api::represent::{seconds, time};
use crate::api::{Answer, App, Problem, href};
use crate::fleet::board::Board;
use crate::fleet::check::Check;
use crate::fleet::members::{self, Member};
use crate::fleet::outcome::Outcome;

/// The template's variables.
pub(super) const VARIABLES: &str = "{?recent}";
/// Values of the past at most.
const MOST_RECENT: usize = 300;

/// What is wanted beside how hosts stand.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct HostsQuery {
    /// How many values of the past each check has; none if left out.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 300)]
    recent: Option<usize>,
}

impl HostsQuery {
    fn recent(&self) -> Answer<usize> {
        let recent = self.recent.unwrap_or(0);
        if recent > MOST_RECENT {
            return Err(Problem::bad_request(format!("recent is a number from 0 to {MOST_RECENT}")));
        }
        Ok(recent)
    }
}

/// A host, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetHost)]
pub(in crate::api) struct HostProperties {
    name: String,
    address: String,
    software: String,
    /// It says at present that it is there.
    there: bool,
    /// When it came, by its own clock.
    since: String,
    /// For how long it has said nothing.
    silent_seconds: f64,
    /// Tasks that it ended in this run.
    processed: u64,
    /// By the name of the check; those that it was asked for.
    checks: BTreeMap<String, StandingProperties>,
}

/// How a host stands by a check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetStanding)]
struct StandingProperties {
    #[serde(flatten)]
    answer: AnswerProperties,
    /// What it measured in the past, the oldest first; null where it did not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recent: Vec<Option<f64>>,
}

/// All hosts that are known, also those that are gone.
#[utoipa::path(
    get,
    path = "/api/fleet/hosts",
    params(HostsQuery),
    responses((status = OK, body = List<Nothing, Resource<HostProperties>>))
)]
pub(in crate::api) async fn list(
    State(app): State<App>,
    Parameters(query): Parameters<HostsQuery>,
) -> Answer<Hal<List<Nothing, Resource<HostProperties>>>> {
    let recent = query.recent()?;
    let past = Past::of(&app, recent);
    let members = app.fleet.members().all();
    let addresses: Vec<_> = members.iter().map(|member| address(&member.host.name)).collect();
    let item = members.into_iter().map(|member| resource(&app, member, &past)).collect();
    let links = Links::of(match recent {
        0 => format!("{PATH}/hosts"),
        recent => format!("{PATH}/hosts?recent={recent}"),
    });
    let links = links.with_many("item", addresses);
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// A host that is known, also one that is gone.
#[utoipa::path(
    get,
    path = "/api/fleet/hosts/{host}",
    params(HostsQuery),
    responses((status = OK, body = Resource<HostProperties>))
)]
pub(in crate::api) async fn show(
    State(app): State<App>,
    Path(host): Path<String>,
    Parameters(query): Parameters<HostsQuery>,
) -> Answer<Hal<Resource<HostProperties>>> {
    let host = href::name(&host);
    let member = app.fleet.members().all().into_iter().find(|member| member.host.name == host);
    let member = member.ok_or_else(no_such_host)?;
    Ok(Hal(resource(&app, member, &Past::of(&app, query.recent()?))))
}

/// Forgets a host that is gone. One that is still there registers itself again.
#[utoipa::path(
    delete,
    path = "/api/fleet/hosts/{host}",
    responses((status = NO_CONTENT, description = "it is forgotten"))
)]
pub(in crate::api) async fn forget(State(app): State<App>, Path(host): Path<String>) -> Answer<StatusCode> {
    let host = href::name(&host);
    if !members::forget(app.fleet.store(), host).await? {
        return Err(no_such_host());
    }
    let moment = app.fleet.moment();
    app.fleet.members().refresh(app.fleet.store(), moment).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn no_such_host() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such host in the fleet")
}

/// The latest results of each check, the oldest first.
struct Past(BTreeMap<String, Vec<Arc<Outcome>>>);

impl Past {
    fn of(app: &App, recent: usize) -> Self {
        let board = app.fleet.board();
        let past = app.fleet.checks().iter().map(|check| {
            let mut outcomes: Vec<_> = board.latest(&check.name).take(recent).cloned().collect();
            outcomes.reverse();
            (check.name.clone(), outcomes)
        });
        Past(past.collect())
    }

    fn of_host(&self, check: &str, host: &str) -> Vec<Option<f64>> {
        let outcomes = self.0.get(check).into_iter().flatten();
        // Answers are in the order of the hosts' names.
        let values = outcomes.map(|outcome| {
            let answers = outcome.answers();
            let place = answers.binary_search_by(|said| said.host.as_str().cmp(host)).ok()?;
            answers.get(place)?.answer.value()
        });
        values.collect()
    }
}

fn address(host: &str) -> String {
    format!("{PATH}/hosts/{}", href::encoded(&href::label(host)))
}

fn resource(app: &App, member: Member, past: &Past) -> Resource<HostProperties> {
    let monotonic = app.fleet.moment().monotonic;
    let board = app.fleet.board();
    let standings = app.fleet.checks().iter().filter_map(|check| {
        let standing = standing(app, &board, check, &member.host.name, past)?;
        Some((check.name.clone(), standing))
    });
    let checks = standings.collect();
    let (there, silence) = (member.is_there(monotonic), member.silence(monotonic));
    let host = member.host;
    let links = Links::of(address(&host.name));
    let properties = HostProperties {
        name: host.name,
        address: host.address,
        software: host.software,
        there,
        since: time(host.since),
        silent_seconds: seconds(silence),
        processed: host.processed,
        checks,
    };
    Resource { properties, links: links.with("collection", format!("{PATH}/hosts")) }
}

fn standing(app: &App, board: &Board, check: &Check, host: &str, past: &Past) -> Option<StandingProperties> {
    let answer = app.fleet.standing(board, check, host)?;
    let measured = board.of_host(&check.name, host).map(|latest| latest.time);
    let answer = AnswerProperties::of(&answer, measured);
    Some(StandingProperties { answer, recent: past.of_host(&check.name, host) })
}
