//! `GET …/timelines/{timeline}/stuck`, `GET /api/contexts/{context}/stuck` and `GET /api/stuck`: work that should have
//! ended by now.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, BriefEvent, Parameters, nanoseconds};
use super::cursor::{Anchor, foreign_place};
use super::hal::{Hal, Links, Resource};
use super::represent::seconds;
use super::skew::SkewQuery;
use super::{Answer, App, contexts, href, represent, visible};
use crate::catalog::{Context, Digests, EARLIER, Timeline};
use crate::doors::Caller;
use crate::timeline::Times;
use crate::timeline::stuck::{Limit, Stuck, stuck};
use crate::timeline::table::Table;

/// The template's variables.
pub(super) const VARIABLES: &str = "{?limit}";
/// The template's variables of the resource about all contexts.
pub(super) const ALL_VARIABLES: &str = "{?limit,cursor}";
const PATH: &str = "/api/stuck";
/// Events that are told of a timeline, at most.
const TOLD: usize = 100;
/// Contexts that are looked at for one answer.
const CONTEXTS: usize = 100;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct StuckQuery {
    /// After how many seconds an event is stuck in any case.
    #[param(minimum = 0)]
    limit: Option<f64>,
    /// Where to go on, about all contexts: what the link `next` has.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct StuckProperties {
    limit_seconds: Option<f64>,
    /// Timelines that could not be read.
    unreadable: usize,
    timelines: Vec<Resource<StuckTimeline>>,
}

#[derive(Serialize, ToSchema)]
struct StuckTimeline {
    context: String,
    timeline: String,
    /// How many events are stuck; the worst of them follow.
    total: usize,
    /// Earlier timelines that tell how long things take.
    learned_from: usize,
    events: Vec<StuckEvent>,
}

#[derive(Serialize, ToSchema)]
struct StuckEvent {
    event: BriefEvent,
    open_seconds: f64,
    limit_seconds: f64,
    /// The limit is what 99 of 100 earlier runs stayed within; else it is the one that was given.
    by_history: bool,
}

/// Work of a timeline that should have ended by now.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/stuck",
    params(SkewQuery, StuckQuery),
    responses((status = OK, body = Resource<StuckProperties>))
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<StuckQuery>,
) -> Answer<Hal<Resource<StuckProperties>>> {
    let limit = query.limit()?;
    let context = asked.context()?;
    let earlier = asked.app.catalog.digests(&context, Some(asked.timeline.ordinal()), EARLIER).await?;
    let found = of_timeline(&asked.app, &asked.timeline, (asked.times, limit), earlier).await?;
    let properties = StuckProperties::of(limit, 0, found.into_iter().collect());
    Ok(Hal(Resource { properties, links: asked.links("stuck") }))
}

/// Work of the active timeline that should have ended by now.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/stuck",
    params(StuckQuery),
    responses((status = OK, body = Resource<StuckProperties>))
)]
pub(super) async fn of_context(
    State(app): State<App>,
    Path(segment): Path<String>,
    Parameters(query): Parameters<StuckQuery>,
) -> Answer<Hal<Resource<StuckProperties>>> {
    let context = app.catalog.find_context(&segment)?;
    let (limit, address) = (query.limit()?, href::context(context.name()));
    let (found, unreadable) = of_contexts(&app, &[context], limit).await?;
    let links = Links::of(query.address(&format!("{address}/stuck"), None)).with("context", address);
    Ok(Hal(Resource { properties: StuckProperties::of(limit, unreadable, found), links }))
}

/// Work of all active timelines that should have ended by now.
#[utoipa::path(
    get,
    path = "/api/stuck",
    params(StuckQuery),
    responses((status = OK, body = Resource<StuckProperties>))
)]
pub(super) async fn of_all(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Parameters(query): Parameters<StuckQuery>,
) -> Answer<Hal<Resource<StuckProperties>>> {
    let limit = query.limit()?;
    let after = match query.cursor.as_deref().map(Anchor::decode).transpose()? {
        None | Some(Anchor::Beginning) => None,
        Some(Anchor::After(place)) => Some(contexts::named(&app, &place)?),
        Some(Anchor::Before(_)) => return Err(foreign_place()),
    };
    let contexts = visible::after(&app, &caller, after.as_deref(), CONTEXTS);
    let last = contexts.last().map(|last| last.name().clone());
    let next = last.filter(|last| !visible::after(&app, &caller, Some(last), 1).is_empty());
    let next =
        next.map(|last| query.address(PATH, Some(&Anchor::After(href::label(&last).into_owned()).encode())));
    let (found, unreadable) = of_contexts(&app, &contexts, limit).await?;
    let links = Links::of(query.address(PATH, query.cursor.as_deref())).with_some("next", next);
    Ok(Hal(Resource { properties: StuckProperties::of(limit, unreadable, found), links }))
}

impl StuckQuery {
    fn limit(&self) -> Answer<Limit> {
        let fixed = self.limit.map(|seconds| nanoseconds("limit", seconds)).transpose()?;
        Ok(Limit { fixed })
    }

    fn address(&self, base: &str, cursor: Option<&str>) -> String {
        let limit = self.limit.map(|limit| format!("limit={limit}"));
        let cursor = cursor.map(|cursor| format!("cursor={}", href::encoded(cursor)));
        let query: Vec<String> = limit.into_iter().chain(cursor).collect();
        if query.is_empty() { base.to_owned() } else { format!("{base}?{}", query.join("&")) }
    }
}

impl StuckProperties {
    fn of(limit: Limit, unreadable: usize, timelines: Vec<Resource<StuckTimeline>>) -> Self {
        StuckProperties { limit_seconds: limit.fixed.map(seconds), unreadable, timelines }
    }
}

/// What is stuck in the active timelines of these contexts, and how many of those can't be read.
async fn of_contexts(
    app: &App,
    contexts: &[Arc<Context>],
    limit: Limit,
) -> Answer<(Vec<Resource<StuckTimeline>>, usize)> {
    let (mut found, mut unreadable) = (Vec::new(), 0);
    for context in contexts {
        let Some(timeline) = context.latest() else { continue };
        match represent::standing_if_readable(app, &timeline).await? {
            Some(standing) if standing.summary.open == 0 => continue,
            Some(_) => {}
            None => {
                unreadable += 1;
                continue;
            }
        }
        let earlier = app.catalog.digests(context, Some(timeline.ordinal()), EARLIER).await?;
        match of_timeline(app, &timeline, (Times::Corrected, limit), earlier).await {
            Ok(stuck) => found.extend(stuck),
            Err(error) if error.status().is_server_error() => return Err(error),
            // It is too large to look at all of its events.
            Err(_) => unreadable += 1,
        }
    }
    Ok((found, unreadable))
}

/// What is stuck in a timeline, if anything is.
async fn of_timeline(
    app: &App,
    timeline: &Timeline,
    (times, limit): (Times, Limit),
    earlier: Digests,
) -> Answer<Option<Resource<StuckTimeline>>> {
    let now = app.doors.now();
    let look = move |table: &Table| {
        let found = stuck(table, now, &earlier.all(), limit);
        let events = found.iter().take(TOLD).map(|stuck| StuckEvent::of(table, stuck));
        (found.len(), earlier.runs.len(), events.collect())
    };
    let ask = timeline.ask(app.catalog.store().as_ref(), times, move |made| look(made.table()));
    let (total, learned_from, events) = ask.await?;
    let (context, name) = (timeline.context().to_string(), timeline.name().to_string());
    let properties = StuckTimeline { context, timeline: name, total, learned_from, events };
    let links = Links::default().with("timeline", href::timeline(timeline.context(), timeline.name()));
    Ok((total > 0).then_some(Resource { properties, links }))
}

impl StuckEvent {
    fn of(table: &Table, stuck: &Stuck) -> Self {
        StuckEvent {
            event: BriefEvent::of(table, &stuck.event),
            open_seconds: seconds(stuck.open_for),
            limit_seconds: seconds(stuck.limit),
            by_history: stuck.by_history,
        }
    }
}
