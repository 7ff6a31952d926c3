//! `GET …/timelines/{timeline}/events`.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};

use super::cursor::{Anchor, Page, PageQuery};
use super::hal::{Hal, Items, Links, List, Nothing};
use super::place;
use super::represent::EventResource;
use super::skew::{self, SkewQuery};
use super::{Answer, App, href};
use crate::catalog::Timeline;
use crate::timeline::Times;
use crate::timeline::question::{EventPage, PageFrom, PageQuestion};

/// The events of a timeline, by their start.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/events",
    params(SkewQuery, PageQuery),
    responses((status = OK, body = List<Nothing, EventResource>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<PageQuery>, QueryRejection>,
    skewed: Result<Query<SkewQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, EventResource>>> {
    let timeline = app.catalog.find(&context, &timeline)?;
    let page = Page::of(query)?;
    let times = skew::times(skewed)?;
    let question = PageQuestion::new(from(&page)?, page.limit, times);
    let shown = timeline.answer(app.catalog.store().as_ref(), question).await?;
    let links = links(&timeline, &page, times, &shown);
    let item = shown.events.iter().map(EventResource::from).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// Where the page begins or ends.
fn from(page: &Page) -> Answer<PageFrom> {
    Ok(match &page.from {
        Anchor::Beginning => PageFrom::Beginning,
        Anchor::After(text) => PageFrom::After(place::decode(text)?),
        Anchor::Before(text) => PageFrom::Before(place::decode(text)?),
    })
}

fn links(timeline: &Timeline, page: &Page, times: Times, shown: &EventPage) -> Links {
    let timeline = href::timeline(timeline.context(), timeline.name());
    let base = format!("{timeline}/events");
    let address = |from: Anchor| skew::address(page.address(&base, &from), times);
    let next = shown.next.map(|last| address(Anchor::After(place::encode(last))));
    let previous = shown.previous.map(|first| address(Anchor::Before(place::encode(first))));
    Links::of(address(page.from.clone()))
        .with("timeline", skew::address(timeline, times))
        .with_some("next", next)
        .with_some("prev", previous)
}
