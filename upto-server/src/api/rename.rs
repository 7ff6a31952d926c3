//! `PATCH /api/contexts/{context}` and `PATCH …/timelines/{timeline}`: giving them other names.

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use upto::wire::limits;
use utoipa::ToSchema;

use super::body::{self, Whole};
use super::hal::{Hal, Links, Resource};
use super::{Answer, App, Problem, href, represent};
use crate::catalog::{ALIASES, Renamed};
use crate::doors::Caller;
use crate::timeline::Times;

const MERGE_PATCH: &str = "application/merge-patch+json";

/// What may be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NamePatch)]
struct Patch {
    /// At most 16,384 bytes.
    #[schema(min_length = 1, max_length = 16_384)]
    name: String,
}

/// A context that was given another name.
#[derive(Debug, serde::Serialize, ToSchema)]
struct ContextName {
    name: String,
}

/// Gives a context another name.
#[utoipa::path(
    patch,
    path = "/api/contexts/{context}",
    request_body(content = Patch, content_type = "application/merge-patch+json"),
    responses(
        (status = OK, body = Resource<ContextName>,
            headers(("Content-Location" = String, description = "its address from now on"))),
        (status = CONFLICT, description = "the name is taken")
    )
)]
pub(super) async fn context(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(segment): Path<String>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    let name = name(&headers, body)?;
    let context = app.catalog.find_context(&segment)?;
    caller.expect_for(&name)?;
    let renamed = app.catalog.rename_context(&context, &name).await?;
    expect_done(renamed, || Problem::no_context(context.name()))?;
    let address = href::context(context.name());
    let properties = ContextName { name: context.name().to_string() };
    Ok(answer(address.clone(), Hal(Resource { properties, links: Links::of(address) })))
}

/// Gives a timeline another name.
#[utoipa::path(
    patch,
    path = "/api/contexts/{context}/timelines/{timeline}",
    request_body(content = Patch, content_type = "application/merge-patch+json"),
    responses(
        (status = OK, body = Resource<represent::TimelineProperties>,
            headers(("Content-Location" = String, description = "its address from now on"))),
        (status = CONFLICT, description = "the name is taken")
    )
)]
pub(super) async fn timeline(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    let name = name(&headers, body)?;
    let timeline = app.catalog.find(&context, &timeline)?;
    let renamed = app.catalog.rename_timeline(&timeline, &name).await?;
    expect_done(renamed, || Problem::no_timeline(timeline.context(), timeline.name()))?;
    let address = href::timeline(timeline.context(), timeline.name());
    Ok(answer(address, Hal(represent::timeline(&app, &timeline, Times::Corrected).await?)))
}

fn name(headers: &HeaderMap, body: Whole) -> Answer<String> {
    if body::content_type(headers) != MERGE_PATCH {
        let detail = format!("the content type has to be {MERGE_PATCH}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let Patch { name } = body::object(&body.0?)?;
    if name.is_empty() || name.len() > limits::NAME_BYTES {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "a name has 1 to 16,384 bytes"));
    }
    Ok(name)
}

fn expect_done(renamed: Renamed, gone: impl Fn() -> Problem) -> Answer<()> {
    let conflict = |detail: String| Err(Problem::new(StatusCode::CONFLICT, detail));
    match renamed {
        Renamed::Done => Ok(()),
        Renamed::Taken => conflict("there is another one of this name".to_owned()),
        Renamed::Gone => Err(gone()),
        Renamed::TooMany => {
            conflict(format!("it has had {ALIASES} other names already; give it one of those"))
        }
    }
}

fn answer(address: String, resource: impl IntoResponse) -> Response {
    ([(header::CONTENT_LOCATION, address)], resource).into_response()
}
