//! `PUT` and `DELETE …/timelines/{timeline}/pinned`: keeping a timeline whatever the limits are.

use axum::extract::{Path, State};

use super::hal::{Hal, Resource};
use super::represent::{self, TimelineProperties};
use super::{Answer, App, Problem};
use crate::timeline::Times;

type Timeline = Answer<Hal<Resource<TimelineProperties>>>;

/// Keeps a timeline whatever the limits are.
#[utoipa::path(
    put,
    path = "/api/contexts/{context}/timelines/{timeline}/pinned",
    responses((status = OK, body = Resource<TimelineProperties>))
)]
pub(super) async fn pin(State(app): State<App>, Path(place): Path<(String, String)>) -> Timeline {
    set(&app, &place, true).await
}

/// Lets the limits hold for a timeline again.
#[utoipa::path(
    delete,
    path = "/api/contexts/{context}/timelines/{timeline}/pinned",
    responses((status = OK, body = Resource<TimelineProperties>))
)]
pub(super) async fn unpin(State(app): State<App>, Path(place): Path<(String, String)>) -> Timeline {
    set(&app, &place, false).await
}

/// Answers with the timeline as it is then.
async fn set(app: &App, (context, name): &(String, String), is_pinned: bool) -> Timeline {
    let timeline = app.catalog.find(context, name)?;
    if !app.catalog.pin(&timeline, is_pinned).await? {
        return Err(Problem::no_timeline(timeline.context(), timeline.name()));
    }
    Ok(Hal(represent::timeline(app, &timeline, Times::Corrected).await?))
}
