//! `GET …/timelines/{timeline}/tree`.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Serialize;

use super::hal::{Hal, Links, Resource};
use super::represent::NodeResource;
use super::skew::{self, SkewQuery};
use super::{Answer, App, href};
use crate::timeline::tree::tree;

#[derive(Serialize)]
pub(super) struct Tree {
    roots: Vec<NodeResource>,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<SkewQuery>, QueryRejection>,
) -> Answer<Hal<Resource<Tree>>> {
    let timeline = app.catalog.find(&context, &timeline)?;
    let times = skew::times(query)?;
    let events = timeline.ask(app.catalog.store().as_ref(), |fold| fold.events_in(times)).await?;
    let roots = tree(&events).into_iter().map(NodeResource::from).collect();
    let address = href::timeline(timeline.context(), timeline.name());
    let links = Links::of(skew::address(format!("{address}/tree"), times))
        .with("timeline", skew::address(address, times));
    Ok(Hal(Resource { properties: Tree { roots }, links }))
}
