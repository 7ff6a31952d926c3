//! `GET /api/alerts`: who was told of what, who is still to be, and why not.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::cursor::{Anchor, Page, PageQuery, foreign_place};
use super::hal::{Hal, Items, Links, List, Nothing};
use super::represent::time;
use super::{Answer, App};
use crate::doors::Caller;
use crate::watch::alerts::{Delivery, list as deliveries};

pub(super) const PATH: &str = "/api/alerts";

/// An alert on its way to one target.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertDelivery)]
pub(super) struct DeliveryProperties {
    /// The same each time that it is sent.
    id: String,
    incident: String,
    /// heartbeat, ping, journal, event, timeline or test.
    source: &'static str,
    subject: String,
    title: String,
    text: String,
    time: String,
    target_type: String,
    target: String,
    /// waiting, sent, quiet (nobody is told at that time) or given-up.
    state: &'static str,
    attempts: u32,
    /// When it was sent, or given up; null: not yet.
    done: Option<String>,
    /// Why it was not sent.
    problem: Option<String>,
}

/// Alerts, by their ids. Those that are done are kept for 7 days.
#[utoipa::path(
    get,
    path = "/api/alerts",
    params(PageQuery),
    responses((status = OK, body = List<Nothing, DeliveryProperties>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, DeliveryProperties>>> {
    let page = Page::of(query)?;
    let after = match &page.from {
        Anchor::Beginning => None,
        Anchor::After(place) => Some(place.as_str()),
        Anchor::Before(_) => return Err(foreign_place()),
    };
    let found = deliveries(app.watch.alerts().store(), after, page.limit).await?;
    let next = found.last().filter(|_| found.len() == page.limit);
    let next = next.map(|last| page.address(PATH, &Anchor::After(last.id.clone())));
    let links = Links::of(page.address(PATH, &page.from)).with_some("next", next);
    let visible = found.into_iter().filter(|delivery| caller.is_for(&delivery.notice.subject));
    Ok(Hal(List {
        properties: Nothing {},
        links,
        embedded: Items { item: visible.map(properties).collect() },
    }))
}

fn properties(delivery: Delivery) -> DeliveryProperties {
    let Delivery { id, notice, target, standing, attempts, done, problem, .. } = delivery;
    DeliveryProperties {
        id,
        incident: notice.incident,
        source: notice.source.as_str(),
        subject: notice.subject,
        title: notice.title,
        text: notice.text,
        time: time(notice.time),
        target_type: target.kind,
        target: target.address,
        state: standing.as_str(),
        attempts,
        done: done.map(time),
        problem,
    }
}
