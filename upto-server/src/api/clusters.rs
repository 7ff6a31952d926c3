//! `/api/clusters`: clusters that are watched, how each is, and what was found out.

mod live;
mod represent;

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;

pub(super) use self::live::{__path_follow, follow};
use self::represent::{ClusterProperties, ProbeProperties, address, properties};
use super::cursor::{Anchor, Page, PageQuery, foreign_place};
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::{Answer, App, Problem, href};
use crate::doors::Caller;
use crate::probe::registry::{Cluster, Limits, Unread};

pub(super) const PATH: &str = "/api/clusters";
/// Where all that is found out is told.
pub(super) const LIVE: &str = "/api/probes/live";
/// Bytes of a page of probes at most, about.
const PAGE_BYTES: usize = 8 << 20;

/// All clusters that the caller may see, by name.
#[utoipa::path(
    get,
    path = "/api/clusters",
    params(PageQuery),
    responses((status = OK, body = List<Nothing, Resource<ClusterProperties>>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, Resource<ClusterProperties>>>> {
    let page = Page::of(query)?;
    let after = match &page.from {
        Anchor::Beginning => None,
        Anchor::After(name) => Some(name.as_str()),
        Anchor::Before(_) => return Err(foreign_place()),
    };
    let mut found = app.registry.after(after, page.limit + 1, |name| caller.is_for(name));
    let has_more = found.len() > page.limit;
    found.truncate(page.limit);
    let next = found.last().filter(|_| has_more);
    let next = next.map(|last| page.address(PATH, &Anchor::After(last.name().to_string())));
    let links = Links::of(page.address(PATH, &page.from)).with("live", LIVE).with_some("next", next);
    let item = found.iter().map(|cluster| resource(&app, cluster)).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// A cluster, and how it is.
#[utoipa::path(
    get,
    path = "/api/clusters/{cluster}",
    responses((status = OK, body = Resource<ClusterProperties>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Answer<Hal<Resource<ClusterProperties>>> {
    let cluster = find(&app, &caller, &name)?;
    Ok(Hal(resource(&app, &cluster)))
}

/// What was found out about a cluster, the newest first.
#[utoipa::path(
    get,
    path = "/api/clusters/{cluster}/probes",
    params(PageQuery),
    responses((status = OK, body = List<Nothing, ProbeProperties>))
)]
pub(super) async fn probes(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, ProbeProperties>>> {
    let cluster = find(&app, &caller, &name)?;
    let (page, base) = (Page::of(query)?, format!("{}/probes", address(cluster.name())));
    let latest = cluster.latest_number();
    // Those before this one are wanted.
    let before = match &page.from {
        Anchor::Beginning => latest + 1,
        Anchor::After(number) => number.parse().map_err(|_| foreign_place())?,
        Anchor::Before(_) => return Err(foreign_place()),
    };
    let limits = Limits { count: page.limit, bytes: PAGE_BYTES };
    let (records, has_more) = app.registry.read_before(&cluster, before, limits).await?;
    let oldest = records.last().filter(|_| has_more).map(|record| record.number.to_string());
    let next = oldest.map(|oldest| page.address(&base, &Anchor::After(oldest)));
    let links = Links::of(page.address(&base, &page.from))
        .with("collection", address(cluster.name()))
        .with_some("next", next);
    let item = records.iter().map(|record| ProbeProperties::of(record)).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// The cluster that a segment of a path stands for.
fn find(app: &App, caller: &Caller, segment: &str) -> Answer<Arc<Cluster>> {
    let name = href::name(segment);
    caller.expect_for(name)?;
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "there is no such cluster");
    app.registry.find(name).ok_or_else(unknown)
}

fn resource(app: &App, cluster: &Cluster) -> Resource<ClusterProperties> {
    let own = address(cluster.name());
    let links = Links::of(own.clone()).with("collection", PATH).with("probes", format!("{own}/probes"));
    Resource { properties: properties(cluster, app.registry.now()), links }
}

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Future { .. } => Problem::bad_request(unread.to_string()),
            Unread::Store(error) => Problem::from(error),
        }
    }
}
