//! `GET /api/openapi.json`: the API, described for programs (OpenAPI 3.1).
//!
//! What is of one route stands beside its handler, as `#[utoipa::path]`; what holds for many is added here, by rules: the
//! names in the path, what the doors ask for, errors, tags of answers. A route can be added to [`Described`] only, so
//! there is none without a description. Those of the page are not part of the API.
//!
//! `utoipa-axum` takes path and method of a route from its description. With `utoipa` alone, both would be said again in the
//! router, and each handler once more in a list, and only a test could keep the three the same.

mod complete;
mod messages;
mod schemas;

use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

pub(super) use self::messages::{Instant, Messages};
pub(super) use self::schemas::{count, one_of, places, words};
use super::{App, conditional, described, otlp};

pub(super) const PATH: &str = "/api/openapi.json";
const CONTENT_TYPE: &str = "application/json";

/// Routes with their descriptions. The router that knows both would also take a route without; this one does not.
pub(super) struct Described(OpenApiRouter<App>);

impl Described {
    pub(super) fn new() -> Self {
        Described(OpenApiRouter::default())
    }

    /// Adds what `routes!` makes of handlers of one path.
    pub(super) fn with(self, routes: UtoipaMethodRouter<App>) -> Self {
        Described(self.0.routes(routes))
    }

    pub(super) fn merge(self, others: Described) -> Self {
        Described(self.0.merge(others.0))
    }

    pub(super) fn into_router(self) -> Router<App> {
        self.0.into()
    }

    fn into_description(self) -> OpenApi {
        self.0.into_openapi()
    }
}

/// The description as it is answered.
struct Document {
    text: String,
    tag: Option<HeaderValue>,
}

/// Made when it is asked for first.
static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let description = described().merge(otlp::routes()).into_description();
    // There is nothing in it that can't be written.
    let text = serde_json::to_string(&complete::complete(description)).unwrap_or_default();
    let tag = conditional::entity_tag(text.as_bytes());
    Document { text, tag }
});

/// This description.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    responses((status = OK, description = "an OpenAPI document", body = Object))
)]
pub(super) async fn show() -> Response {
    let Document { text, tag } = &*DOCUMENT;
    let tag = tag.clone().map(|tag| (header::ETAG, tag));
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], AppendHeaders(tag), text.as_str()).into_response()
}
