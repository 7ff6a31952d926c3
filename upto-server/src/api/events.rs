//! `GET …/timelines/{timeline}/events`.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::{Parameters, instant};
use super::cursor::{Anchor, Page, PageQuery};
use super::hal::{Hal, Items, Links, List, Nothing};
use super::place;
use super::represent::EventResource;
use super::skew::{self, SkewQuery};
use super::{Answer, App, href};
use crate::catalog::Timeline;
use crate::timeline::Times;
use crate::timeline::question::{EventPage, PageFrom, PageQuestion};

/// Where a list without a cursor begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct FromQuery {
    /// The first event is the first one that begins then or later: RFC 3339, or nanoseconds since the epoch. Where a cursor
    /// is given, that holds.
    from: Option<String>,
}

/// The events of a timeline, by their start.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/events",
    params(SkewQuery, PageQuery, FromQuery),
    responses((status = OK, body = List<Nothing, EventResource>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<PageQuery>, QueryRejection>,
    skewed: Result<Query<SkewQuery>, QueryRejection>,
    Parameters(begin): Parameters<FromQuery>,
) -> Answer<Hal<List<Nothing, EventResource>>> {
    let timeline = app.catalog.find(&context, &timeline)?;
    let page = Page::of(query)?;
    let times = skew::times(skewed)?;
    let begin = begin.from.as_deref().map(|text| instant("from", text)).transpose()?;
    let question = PageQuestion::new(from(&page, begin)?, page.limit, times);
    let shown = timeline.answer(app.catalog.store().as_ref(), question).await?;
    let links = links(&timeline, &page, begin, times, &shown);
    let item = shown.events.iter().map(EventResource::from).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// Where the page begins or ends.
fn from(page: &Page, begin: Option<i64>) -> Answer<PageFrom> {
    Ok(match (&page.from, begin) {
        (Anchor::Beginning, Some(first)) => PageFrom::At(first),
        (Anchor::Beginning, None) => PageFrom::Beginning,
        (Anchor::After(text), _) => PageFrom::After(place::decode(text)?),
        (Anchor::Before(text), _) => PageFrom::Before(place::decode(text)?),
    })
}

fn links(timeline: &Timeline, page: &Page, begin: Option<i64>, times: Times, shown: &EventPage) -> Links {
    let timeline = href::timeline(timeline.context(), timeline.name());
    let base = format!("{timeline}/events");
    let address = |from: Anchor| skew::address(page.address(&base, &from), times);
    let next = shown.next.map(|last| address(Anchor::After(place::encode(last))));
    let previous = shown.previous.map(|first| address(Anchor::Before(place::encode(first))));
    let own = address(page.from.clone());
    let own = match (&page.from, begin) {
        (Anchor::Beginning, Some(begin)) if own.contains('?') => format!("{own}&from={begin}"),
        (Anchor::Beginning, Some(begin)) => format!("{own}?from={begin}"),
        _ => own,
    };
    Links::of(own)
        .with("timeline", skew::address(timeline, times))
        .with_some("next", next)
        .with_some("prev", previous)
}
