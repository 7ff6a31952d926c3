//! `GET /api/search`: timelines of all contexts, by name, status, duration and metadata.
//!
//! Names and metadata are in memory. How a timeline ended and how long it took is in its digest, which is in the store once
//! it was asked for; so an answer looks at a bounded number of timelines, for a bounded time, and says where to go on.

mod filter;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use self::filter::{Filter, Search};
use super::hal::{Hal, Items, Links, List, Resource};
use super::represent::{self, TimelineProperties};
use super::{Answer, App, Problem, href};
use crate::catalog::{Place, Timeline, Unanswered};
use crate::doors::Caller;

/// The template's variables.
pub(super) const VARIABLES: &str = "{?name,context,state,min_duration,max_duration,metadata*,limit,cursor}";
const PATH: &str = "/api/search";
/// Timelines whose names fit that are looked at for one answer.
const LOOKED_AT: usize = 1_000;
/// No further timeline is looked at after so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// Digests that are read, or made, at the same time.
const AT_ONCE: usize = 4;

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchProperties {
    /// How many timelines were looked at for this answer.
    looked_at: usize,
    /// How many of those can't be read.
    left_out: usize,
}

/// Timelines that were found, and how far it was looked.
#[derive(Default)]
struct Found {
    timelines: Vec<Arc<Timeline>>,
    looked_at: usize,
    left_out: usize,
    last: Option<Place>,
}

/// Timelines of all contexts that have something in common, the one that was opened last first.
#[utoipa::path(
    get,
    path = "/api/search",
    params(
        ("name" = Option<String>, Query, description = "a part of either's name", max_length = 1_024),
        ("context" = Option<String>, Query, description = "its name, or a pattern with *", max_length = 1_024),
        ("state" = Option<String>, Query, description = "running, done or failed, or several of these",
            pattern = "^(running|done|failed)(,(running|done|failed))*$"),
        ("min_duration" = Option<f64>, Query, description = "seconds", minimum = 0),
        ("max_duration" = Option<f64>, Query, description = "seconds", minimum = 0),
        ("metadata" = Option<Vec<String>>, Query, description = "KEY=TEXT, or KEY", max_items = 16),
        ("limit" = Option<u32>, Query, description = "100 if left out", minimum = 1, maximum = 1_000),
        ("cursor" = Option<String>, Query, description = "where to go on: what the link next has")
    ),
    responses((status = OK, body = List<SearchProperties, Resource<TimelineProperties>>))
)]
pub(super) async fn search(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Answer<Hal<List<SearchProperties, Resource<TimelineProperties>>>> {
    let Query(pairs) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let search = Search::of(pairs)?;
    let candidates = candidates(&app, caller, &search).await?;
    let found = look(&app, &search, &candidates).await?;
    let next = found.last.filter(|_| found.looked_at < candidates.len());
    let mut item = Vec::new();
    for timeline in &found.timelines {
        item.push(represent::listed_timeline(&app, timeline).await?);
    }
    let hrefs = found.timelines.iter().map(|timeline| href::timeline(timeline.context(), timeline.name()));
    let links = Links::of(search.address(PATH, search.before))
        .with_many("item", hrefs)
        .with_some("next", next.map(|place| search.address(PATH, Some(place))));
    let properties = SearchProperties { looked_at: found.looked_at, left_out: found.left_out };
    Ok(Hal(List { properties, links, embedded: Items { item } }))
}

/// Timelines that have the names and the metadata, one more than are looked at.
async fn candidates(app: &App, caller: Caller, search: &Search) -> Answer<Vec<Arc<Timeline>>> {
    let (catalog, filter, before) = (app.catalog.clone(), search.filter.clone(), search.before);
    let find = move || {
        catalog.latest_of_all(
            before,
            LOOKED_AT + 1,
            |context| filter.is_context(context.name()) && caller.is_for(context.name()),
            |timeline| filter.is_described(timeline),
        )
    };
    spawn_blocking(find).await.map_err(|_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server ends"))
}

/// Looks how the candidates stand, until there are enough.
async fn look(app: &App, search: &Search, candidates: &[Arc<Timeline>]) -> Answer<Found> {
    let began = Instant::now();
    let mut found = Found::default();
    let checks = candidates.iter().take(LOOKED_AT).map(|timeline| check(app, &search.filter, timeline));
    let mut checked = stream::iter(checks.collect::<Vec<_>>()).buffered(AT_ONCE);
    while found.timelines.len() < search.limit && began.elapsed() < PATIENCE {
        let Some((timeline, holds)) = checked.next().await else { break };
        (found.looked_at, found.last) = (found.looked_at + 1, Some(Place::of(&timeline)));
        match holds {
            Ok(true) => found.timelines.push(timeline),
            Ok(false) => {}
            Err(error) if error.is_temporary() => return Err(error.into()),
            Err(_) => found.left_out += 1,
        }
    }
    Ok(found)
}

async fn check(
    app: &App,
    filter: &Filter,
    timeline: &Arc<Timeline>,
) -> (Arc<Timeline>, Result<bool, Unanswered>) {
    let holds = if filter.asks_for_events() {
        app.catalog.digest(timeline).await.map(|digest| filter.holds(digest.as_deref()))
    } else {
        Ok(true)
    };
    (timeline.clone(), holds)
}
