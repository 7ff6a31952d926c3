//! `PUT` and `GET /api/fleet/groups/{group}`: tasks that are read as one, and what they wait for.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::PATH;
use super::represent::{CountsProperties, OutcomeProperties, SpreadProperties, result};
use crate::api::body;
use crate::api::hal::{Hal, Links, Resource};
use crate::api::represent::time;
use crate::api::{Answer, App, Problem, href};
use crate::fleet::check::name_fault;
use crate::fleet::group::{self, Group, PartOfGroup, State as TaskState, Wanted};
use crate::fleet::spread::{Counts, Spread};

/// Bytes of a request at most: it is read as any JSON first, which may take many times as much memory.
const ORDER_BYTES: usize = 1 << 20;

/// The body of a request for a group.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedFleetGroup)]
struct Order {
    /// By what each task is called: `{"check": "cpu_used", "after": ["another task"]}`.
    #[schema(value_type = Object)]
    tasks: BTreeMap<String, Value>,
}

/// Tasks that are read as one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetGroup)]
pub(in crate::api) struct GroupProperties {
    id: String,
    created: String,
    /// All tasks have ended.
    complete: bool,
    /// Over the answers to all tasks; null until it is complete, and where no host measured anything.
    spread: Option<SpreadProperties>,
    /// How hosts answered; null until it is complete.
    counts: Option<CountsProperties>,
    tasks: BTreeMap<String, TaskProperties>,
}

/// A task of a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetGroupTask)]
struct TaskProperties {
    check: String,
    after: Vec<String>,
    /// `waiting`, `queued` or `ended`.
    state: &'static str,
    result: Option<OutcomeProperties>,
}

/// Asks for a group of tasks. Who does not know whether it came asks again: the same group is made once.
#[utoipa::path(
    put,
    path = "/api/fleet/groups/{group}",
    request_body(content = Order),
    responses(
        (status = OK, description = "it is durable", body = Resource<GroupProperties>),
        (status = CONFLICT, description = "there is another group of this id, or the fleet is off")
    )
)]
pub(in crate::api) async fn want(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Hal<Resource<GroupProperties>>> {
    body::expect_json(&headers)?;
    let sent = body::read_up_to(ORDER_BYTES, body, &app.bodies).await.map_err(|(_, problem)| problem)?;
    let Order { tasks } = body::object(&sent.bytes)?;
    let (id, wanted) = (href::name(&id), read(&app, tasks)?);
    if let Some(fault) = name_fault(id) {
        return Err(unprocessable(format!("the group's id: {fault}")));
    }
    let new = Group::new(id, &wanted, app.fleet.moment().now).map_err(unprocessable)?;
    let group = group::create(app.fleet.store(), new).await?;
    if !group.is_of(&wanted) {
        return Err(Problem::new(StatusCode::CONFLICT, "there is another group of this id"));
    }
    group::queue(app.fleet.store(), &group.queued()).await?;
    Ok(resource(&group))
}

/// A group of tasks, and what they came to.
#[utoipa::path(
    get,
    path = "/api/fleet/groups/{group}",
    responses((status = OK, body = Resource<GroupProperties>))
)]
pub(in crate::api) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Hal<Resource<GroupProperties>>> {
    let group = group::get(app.fleet.store(), href::name(&id)).await?;
    let group = group.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such group"))?;
    Ok(resource(&group))
}

/// The tasks that are asked for, of which each asks for a check that there is.
fn read(app: &App, tasks: BTreeMap<String, Value>) -> Answer<BTreeMap<String, Wanted>> {
    if !app.fleet.settings().enabled {
        let detail = "hosts are not asked for anything: start the server with --fleet";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let wanted = tasks.into_iter().map(|(name, task)| {
        let task: Wanted = serde_json::from_value(task)
            .map_err(|error| unprocessable(format!("the task {name:?}: {error}")))?;
        let is_known = app.fleet.checks().iter().any(|check| check.name == task.check);
        let unknown =
            || unprocessable(format!("the task {name:?}: there is no check called {:?}", task.check));
        if is_known { Ok((name.clone(), task)) } else { Err(unknown()) }
    });
    wanted.collect()
}

fn unprocessable(fault: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault)
}

fn resource(group: &Group) -> Hal<Resource<GroupProperties>> {
    let answers = group.answers();
    let complete = group.is_complete();
    let spread = Spread::of(&answers).filter(|_| complete).map(Into::into);
    let counts = complete.then(|| Counts::of(&answers).into());
    let tasks = group.parts.iter().map(|(name, part)| (name.clone(), task(part))).collect();
    let properties = GroupProperties {
        id: group.id.clone(),
        created: time(group.created),
        complete,
        spread,
        counts,
        tasks,
    };
    let links = Links::of(format!("{PATH}/groups/{}", href::encoded(&href::label(&group.id))));
    Hal(Resource { properties, links: links.with("fleet", PATH) })
}

fn task(part: &PartOfGroup) -> TaskProperties {
    let (state, result) = match &part.state {
        TaskState::Waiting => ("waiting", None),
        TaskState::Queued => ("queued", None),
        TaskState::Ended(outcome) => ("ended", Some(result(outcome))),
    };
    TaskProperties { check: part.check.clone(), after: part.after.clone(), state, result }
}
