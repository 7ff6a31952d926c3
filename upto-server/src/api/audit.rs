//! `GET /api/audit`, and `GET /api/audit/{month}`: what admins did.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::cursor::{Anchor, Page, PageQuery, foreign_place};
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::{Answer, App, Problem, represent};
use crate::doors::audit::{self, Record};
use crate::store::Cursor;

const PATH: &str = "/api/audit";

/// A line of the log: an action that begins, or its answer, with the same id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLine)]
pub(super) struct Line {
    action_id: String,
    time: String,
    /// The id of the token; null where none was needed.
    token: Option<String>,
    name: Option<String>,
    address: String,
    action: String,
    /// Null in the line that says that it begins.
    status: Option<u16>,
}

/// The months that there may be a log of, the present one first.
#[utoipa::path(
    get,
    path = "/api/audit",
    responses((status = OK, body = Resource<Nothing>))
)]
pub(super) async fn months(State(app): State<App>) -> Hal<Resource<Nothing>> {
    let mut addresses =
        audit::months(app.doors.now()).into_iter().map(|month| format!("{PATH}/{month}")).peekable();
    let latest = addresses.peek().cloned();
    let links = Links::of(PATH).with_some("latest", latest).with_many("month", addresses);
    Hal(Resource { properties: Nothing {}, links })
}

/// What admins did in a month, the earliest first.
#[utoipa::path(
    get,
    path = "/api/audit/{month}",
    params(PageQuery),
    responses((status = OK, body = List<Nothing, Line>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Path(month): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, Line>>> {
    if !audit::is_month(&month) {
        return Err(Problem::new(StatusCode::NOT_FOUND, "a month is written as 2026-11"));
    }
    let page = Page::of(query)?;
    let after = match &page.from {
        Anchor::Beginning => Cursor::START,
        Anchor::After(place) => Cursor(place.parse().map_err(|_| foreign_place())?),
        Anchor::Before(_) => return Err(foreign_place()),
    };
    let records = audit::read(app.catalog.store().as_ref(), &month, after, page.limit).await?;
    let base = format!("{PATH}/{month}");
    let next = records.last().filter(|_| records.len() == page.limit);
    let next = next.map(|(last, _)| page.address(&base, &Anchor::After(last.0.to_string())));
    let links = Links::of(page.address(&base, &page.from)).with("months", PATH).with_some("next", next);
    let item = records.into_iter().map(|(_, record)| line(record)).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

fn line(record: Record) -> Line {
    let Record { action_id, time, token, name, address, action, status } = record;
    Line { action_id, time: represent::time(time), token, name, address, action, status }
}
