//! `DELETE /api/contexts/{context}` and `DELETE …/timelines/{timeline}`.

use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::{Answer, App, Problem};
use crate::retention;

/// Removes a context with all its timelines.
#[utoipa::path(
    delete,
    path = "/api/contexts/{context}",
    responses((status = NO_CONTENT))
)]
pub(super) async fn context(State(app): State<App>, Path(segment): Path<String>) -> Answer<StatusCode> {
    let context = app.catalog.find_context(&segment)?;
    let store = app.catalog.store().as_ref();
    let is_removed = retention::remove_context(store, context.first_name(), app.doors.now()).await;
    // Begun or done: nobody may send to it any more, and others have to know.
    if !matches!(is_removed, Ok(false)) {
        app.catalog.forget_context(&context);
        app.catalog.tell_others().await;
    }
    match is_removed? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::no_context(context.name())),
    }
}

/// Removes a timeline.
#[utoipa::path(
    delete,
    path = "/api/contexts/{context}/timelines/{timeline}",
    responses(
        (status = NO_CONTENT),
        (status = CONFLICT, description = "it is the active one, or pinned")
    )
)]
pub(super) async fn timeline(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let timeline = app.catalog.find(&context, &timeline)?;
    let context = app.catalog.find_context(&context)?;
    if context.latest().is_none_or(|latest| latest.ordinal() == timeline.ordinal()) {
        let detail = "this is the active timeline: open another one first, or delete the context";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    if timeline.is_pinned() {
        return Err(Problem::new(StatusCode::CONFLICT, "this timeline is pinned: unpin it first"));
    }
    let is_removed = retention::remove_timeline(app.catalog.store().as_ref(), timeline.document()).await?;
    if !is_removed {
        return Err(Problem::no_timeline(timeline.context(), timeline.name()));
    }
    app.catalog.forget(&timeline);
    app.catalog.tell_change(context.first_name()).await?;
    Ok(StatusCode::NO_CONTENT)
}
