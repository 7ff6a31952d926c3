//! `GET …/timelines/{timeline}/events`.

use std::ops::Range;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};

use super::cursor::{Anchor, Page, PageQuery};
use super::hal::{Hal, Items, Links, List, Nothing};
use super::place::Place;
use super::represent::EventResource;
use super::skew::{self, SkewQuery};
use super::{Answer, App, href};
use crate::catalog::Timeline;
use crate::timeline::{Event, Times};

pub(super) async fn list(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<PageQuery>, QueryRejection>,
    skewed: Result<Query<SkewQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, EventResource>>> {
    let timeline = app.catalog.find(&context, &timeline)?;
    let page = Page::of(query)?;
    let times = skew::times(skewed)?;
    let events = timeline.ask(app.catalog.store().as_ref(), |fold| fold.events_in(times)).await?;
    let range = range(&events, &page)?;
    let shown = events.get(range.clone()).unwrap_or_default();
    let item = shown.iter().map(EventResource::from).collect();
    let links = links(&timeline, &page, times, &events, &range);
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// Which of the events are on the page.
fn range(events: &[Event], page: &Page) -> Answer<Range<usize>> {
    let start = match &page.from {
        Anchor::Beginning => 0,
        Anchor::After(place) => Place::decode(place)?.after(events),
        Anchor::Before(place) => {
            let end = Place::decode(place)?.before(events);
            return Ok(end.saturating_sub(page.limit)..end);
        }
    };
    Ok(start..events.len().min(start.saturating_add(page.limit)))
}

fn links(timeline: &Timeline, page: &Page, times: Times, events: &[Event], range: &Range<usize>) -> Links {
    let timeline = href::timeline(timeline.context(), timeline.name());
    let base = format!("{timeline}/events");
    let address = |from: Anchor| skew::address(page.address(&base, &from), times);
    let place = |index: usize| Place::of(events, index).map(Place::encode);
    let next = range.end.checked_sub(1).filter(|_| range.end < events.len()).and_then(place);
    let previous = Some(range.start).filter(|start| *start > 0).and_then(place);
    Links::of(address(page.from.clone()))
        .with("timeline", skew::address(timeline, times))
        .with_some("next", next.map(|last| address(Anchor::After(last))))
        .with_some("prev", previous.map(|first| address(Anchor::Before(first))))
}
