//! `GET /api/contexts` and `GET /api/contexts/{context}`.

mod listed;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use self::listed::Listed;
use self::listed::{Item, Standing};
use super::cursor::{Anchor, Page, PageQuery, foreign_place};
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::represent::TimelineProperties;
use super::{Answer, App, history, href, represent, stuck, visible};
use crate::catalog::Context;
use crate::doors::Caller;

const PATH: &str = "/api/contexts";
/// Timelines that a context embeds: the newest, which one looks at.
const EMBEDDED: usize = 20;

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContextProperties {
    name: String,
    latest: Option<String>,
    state: Option<&'static str>,
    last: Option<String>,
    timelines: usize,
}

type ContextResource = Resource<ContextProperties>;

/// All that is said of a context, before it is written.
#[derive(Debug)]
struct Facts {
    name: Arc<str>,
    latest: Option<Arc<str>>,
    state: Option<&'static str>,
    /// Of the latest timeline, in nanoseconds since the epoch.
    last: Option<i64>,
    timelines: usize,
}

/// The contexts that the caller may see, by name.
#[utoipa::path(
    get,
    path = "/api/contexts",
    params(PageQuery),
    responses((status = OK, body = List<Nothing, Resource<ContextProperties>>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, Item>>> {
    let page = Page::of(query)?;
    let contexts = match &page.from {
        Anchor::Beginning => visible::after(&app, &caller, None, page.limit),
        Anchor::After(place) => visible::after(&app, &caller, Some(&named(&app, place)?), page.limit),
        Anchor::Before(place) => visible::before(&app, &caller, &named(&app, place)?, page.limit),
    };
    let (mut item, now) = (Vec::with_capacity(contexts.len()), Instant::now());
    for context in &contexts {
        let standing = Standing::now(context, app.catalog.store().as_ref(), now);
        let known = standing.as_ref().and_then(|standing| app.listed.known(context.name(), standing));
        item.push(match known {
            Some(item) => item,
            None => app.listed.write(standing, &facts(&app, context).await?)?,
        });
    }
    Ok(Hal(List {
        properties: Nothing {},
        links: links(&app, &caller, &page, &contexts),
        embedded: Items { item },
    }))
}

/// A context and its newest timelines.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}",
    responses((status = OK, body = List<ContextProperties, Resource<TimelineProperties>>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Path(segment): Path<String>,
) -> Answer<Hal<List<ContextProperties, Resource<TimelineProperties>>>> {
    let context = app.catalog.find_context(&segment)?;
    let Resource { properties, links } = resource(&app, &context).await?;
    let timelines = context.older(None, EMBEDDED);
    let address = href::context(context.name());
    let items = timelines.iter().map(|timeline| href::timeline(context.name(), timeline.name()));
    let links = links.with_many("item", items).with("contexts", PATH).with("self", address);
    let mut item = Vec::new();
    for timeline in &timelines {
        item.push(represent::listed_timeline(&app, timeline).await?);
    }
    Ok(Hal(List { properties, links, embedded: Items { item } }))
}

/// The name at a place in the list, which need not be there any more.
pub(super) fn named(app: &App, place: &str) -> Answer<Arc<str>> {
    match (app.catalog.labelled(place), href::digest_in(place)) {
        (Some(context), _) => Ok(context.name().clone()),
        (None, Some(_)) => Err(foreign_place()),
        (None, None) => Ok(href::name(place).into()),
    }
}

pub(super) async fn resource(app: &App, context: &Context) -> Answer<ContextResource> {
    Ok(facts(app, context).await?.resource())
}

async fn facts(app: &App, context: &Context) -> Answer<Facts> {
    let latest = context.latest();
    let standing = match &latest {
        Some(timeline) => represent::standing_if_readable(app, timeline).await?,
        None => None,
    };
    let summary = standing.map(|standing| standing.summary);
    Ok(Facts {
        name: context.name().clone(),
        latest: latest.map(|timeline| timeline.name().clone()),
        state: summary.map(|summary| summary.state.as_str()),
        last: summary.and_then(|summary| summary.extent).map(|(_, last)| last),
        timelines: context.count(),
    })
}

impl Facts {
    fn resource(&self) -> ContextResource {
        let address = href::context(&self.name);
        let properties = ContextProperties {
            name: self.name.to_string(),
            latest: self.latest.as_deref().map(str::to_owned),
            state: self.state,
            last: self.last.map(represent::time),
            timelines: self.timelines,
        };
        let links = Links::of(&address)
            .with("timelines", format!("{address}/timelines"))
            .with("retention", format!("{address}/retention"))
            .with("live", format!("{address}/live"))
            .with_template("history", format!("{address}/history{}", history::VARIABLES))
            .with_template("stuck", format!("{address}/stuck{}", stuck::VARIABLES))
            .with_some("latest", self.latest.as_deref().map(|latest| href::timeline(&self.name, latest)));
        Resource { properties, links }
    }
}

fn links(app: &App, caller: &Caller, page: &Page, contexts: &[Arc<Context>]) -> Links {
    let items = contexts.iter().map(|context| href::context(context.name()));
    let address = |from: Anchor| page.address(PATH, &from);
    let place = |name: &Arc<str>| href::label(name).into_owned();
    let next = contexts.last().map(|last| last.name());
    let next = next.filter(|last| !visible::after(app, caller, Some(last), 1).is_empty());
    let previous = contexts.first().map(|first| first.name());
    let previous = previous.filter(|first| !visible::before(app, caller, first, 1).is_empty());
    Links::of(address(page.from.clone()))
        .with_many("item", items)
        .with_some("next", next.map(|last| address(Anchor::After(place(last)))))
        .with_some("prev", previous.map(|first| address(Anchor::Before(place(first)))))
}
