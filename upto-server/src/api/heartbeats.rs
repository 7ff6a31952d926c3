//! `/api/heartbeats`: who says that they are alive, and who should have.

mod change;
mod order;
mod represent;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

pub(super) use self::change::{__path_cancel, __path_define, __path_pause, __path_pulse, __path_resume};
pub(super) use self::change::{cancel, define, expect_target, pause, pulse, resume};
use self::represent::{HeartbeatProperties, resource};
use super::asked::Parameters;
use super::cursor::{Anchor, Page, PageQuery, foreign_place};
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::{Answer, App, Problem, href};
use crate::doors::Caller;
use crate::watch::heartbeat::{Heartbeat, Key};

pub(super) const PATH: &str = "/api/heartbeats";

/// Which run of a service is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct RunQuery {
    /// The run; the one without an id if left out.
    run: String,
}

/// All heartbeats that the caller may see, by service and run.
#[utoipa::path(
    get,
    path = "/api/heartbeats",
    params(PageQuery),
    responses((status = OK, body = List<Nothing, Resource<HeartbeatProperties>>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, Resource<HeartbeatProperties>>>> {
    let page = Page::of(query)?;
    let after = match &page.from {
        Anchor::Beginning => None,
        Anchor::After(place) => Some(key_at(place).ok_or_else(foreign_place)?),
        Anchor::Before(_) => return Err(foreign_place()),
    };
    app.watch.catch_up().await?;
    let is_visible = |heartbeat: &Heartbeat| caller.is_for(&heartbeat.service);
    let mut found = app.watch.after(after.as_ref(), page.limit + 1, is_visible);
    let has_more = found.len() > page.limit;
    found.truncate(page.limit);
    let next = found.last().filter(|_| has_more);
    let next = next.map(|last| page.address(PATH, &Anchor::After(place_of(last))));
    let links = Links::of(page.address(PATH, &page.from)).with_some("next", next);
    let item = found.iter().map(|heartbeat| resource(&app, &caller, heartbeat)).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// A heartbeat.
#[utoipa::path(
    get,
    path = "/api/heartbeats/{service}",
    params(RunQuery),
    responses((status = OK, body = Resource<HeartbeatProperties>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(service): Path<String>,
    Parameters(query): Parameters<RunQuery>,
) -> Answer<Hal<Resource<HeartbeatProperties>>> {
    app.watch.catch_up().await?;
    let heartbeat = find(&app, &caller, &service, &query.run)?;
    Ok(Hal(resource(&app, &caller, &heartbeat)))
}

/// The heartbeat that a segment of a path and a run stand for.
fn find(app: &App, caller: &Caller, segment: &str, run: &str) -> Answer<Heartbeat> {
    let service = href::name(segment);
    caller.expect_for(service)?;
    app.watch.get(&Key::new(service, run)).ok_or_else(|| {
        let detail = "there is no heartbeat of this service and run";
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}

/// Where a heartbeat stands in the list: the length of the service tells where the run begins.
fn place_of(heartbeat: &Heartbeat) -> String {
    let Heartbeat { service, run, .. } = heartbeat;
    format!("{}:{service}{run}", service.len())
}

fn key_at(place: &str) -> Option<Key> {
    let (length, names) = place.split_once(':')?;
    let (service, run) = names.split_at_checked(length.parse().ok()?)?;
    Some(Key::new(service, run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_any_names_come_back() {
        for key in [Key::new("a:b", "1:2"), Key::new("☃", ""), Key::new("7:x", "7:x")] {
            let heartbeat = Heartbeat::new(&key, "".into(), 0);
            assert_eq!(key_at(&place_of(&heartbeat)), Some(key));
        }
        for place in ["", "x", "9:abc", "-1:a", "1:☃"] {
            assert_eq!(key_at(place), None, "{place}");
        }
    }
}
