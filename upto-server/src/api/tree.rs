//! `GET …/timelines/{timeline}/tree`.

use axum::extract::{Path, State};
use serde::Serialize;

use super::hal::{Hal, Links, Resource};
use super::represent::NodeResource;
use super::{Answer, App, href};
use crate::timeline::tree::tree;

#[derive(Serialize)]
pub(super) struct Tree {
    roots: Vec<NodeResource>,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
) -> Answer<Hal<Resource<Tree>>> {
    let timeline = app.catalog.find(&context, &timeline)?;
    let events = timeline.ask(app.catalog.store().as_ref(), crate::timeline::Fold::events).await?;
    let roots = tree(&events).into_iter().map(NodeResource::from).collect();
    let address = href::timeline(timeline.context(), timeline.name());
    let links = Links::of(format!("{address}/tree")).with("timeline", address);
    Ok(Hal(Resource { properties: Tree { roots }, links }))
}
