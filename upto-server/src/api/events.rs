//! `GET …/timelines/{timeline}/events`.

use std::cmp::Ordering;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};

use super::cursor::{Anchor, Page, PageQuery, foreign_place};
use super::hal::{Hal, Items, Links, List, Nothing};
use super::represent::EventResource;
use super::{Answer, App, href};
use crate::catalog::Timeline;
use crate::timeline::Event;

/// An event's place in the list; the parts of its [listing order](Event::listing_order).
#[derive(Debug, Serialize, Deserialize)]
struct Place(i64, String, String, u64, i64, bool);

pub(super) async fn list(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, EventResource>>> {
    let timeline = app.catalog.find(&context, &timeline)?;
    let page = Page::of(query)?;
    let events = timeline.ask(app.catalog.store().as_ref(), crate::timeline::Fold::events).await?;
    let range = range(&events, &page)?;
    let shown = events.get(range.clone()).unwrap_or_default();
    let item = shown.iter().map(EventResource::from).collect();
    let links = links(&timeline, &page, &events, &range);
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// Which of the events are on the page.
fn range(events: &[Event], page: &Page) -> Answer<std::ops::Range<usize>> {
    let start = match &page.from {
        Anchor::Beginning => 0,
        Anchor::After(place) => {
            let place = Place::decode(place)?;
            events.partition_point(|event| place.compare(event) != Ordering::Less)
        }
        Anchor::Before(place) => {
            let place = Place::decode(place)?;
            let end = events.partition_point(|event| place.compare(event) == Ordering::Greater);
            return Ok(end.saturating_sub(page.limit)..end);
        }
    };
    Ok(start..events.len().min(start.saturating_add(page.limit)))
}

fn links(timeline: &Timeline, page: &Page, events: &[Event], range: &std::ops::Range<usize>) -> Links {
    let timeline = href::timeline(timeline.context(), timeline.name());
    let base = format!("{timeline}/events");
    let address = |from: Anchor| page.address(&base, &from);
    let next = events.get(range.end).and(range.end.checked_sub(1)).and_then(|last| events.get(last));
    let previous = events.get(range.start).filter(|_| range.start > 0);
    Links::of(address(page.from.clone()))
        .with("timeline", timeline)
        .with_some("next", next.map(|last| address(Anchor::After(Place::of(last).encode()))))
        .with_some("prev", previous.map(|first| address(Anchor::Before(Place::of(first).encode()))))
}

impl Place {
    fn of(event: &Event) -> Self {
        let (first, name, host, id, last, _, is_point) = event.listing_order();
        Place(first, name.to_owned(), host.to_owned(), id, last, is_point)
    }

    fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn decode(text: &str) -> Answer<Self> {
        serde_json::from_str(text).map_err(|_| foreign_place())
    }

    fn compare(&self, event: &Event) -> Ordering {
        let Place(first, name, host, id, last, is_point) = self;
        {
            let (f, n, h, i, l, _, p) = event.listing_order();
            (*first, name.as_str(), host.as_str(), *id, *last, *is_point).cmp(&(f, n, h, i, l, p))
        }
    }
}
