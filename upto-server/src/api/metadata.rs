//! `GET` and `PUT …/timelines/{timeline}/metadata`: what people and build systems say of a timeline.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::body::{self, Whole};
use super::hal::{Hal, Links, Resource};
use super::{Answer, App, Problem, href};
use crate::catalog::Timeline;
use crate::catalog::document::Metadata;

/// Texts of a timeline at most.
const ENTRIES: usize = 64;
/// Bytes of a key at most.
const KEY_BYTES: usize = 256;
/// Bytes of keys and texts of a timeline together at most.
const BYTES: usize = 16 << 10;

/// Texts by their keys, as requests and answers have them.
struct Texts;

impl PartialSchema for Texts {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let keys = text().min_length(Some(1)).max_length(Some(KEY_BYTES)).build();
        let texts = AdditionalProperties::RefOr(text().into());
        let object = ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(texts));
        object.max_properties(Some(ENTRIES)).property_names(Some(Schema::Object(keys))).into()
    }
}

impl ToSchema for Texts {}

/// The texts by their keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MetadataProperties {
    #[schema(value_type = Texts)]
    metadata: Metadata,
}

/// What people and build systems say of a timeline.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/metadata",
    responses((status = OK, body = Resource<MetadataProperties>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
) -> Answer<Hal<Resource<MetadataProperties>>> {
    Ok(resource(&*app.catalog.find(&context, &timeline)?))
}

/// Replaces what is said of a timeline.
#[utoipa::path(
    put,
    path = "/api/contexts/{context}/timelines/{timeline}/metadata",
    request_body(content = Texts, description = "up to 64 texts of 16 KiB together"),
    responses((status = OK, body = Resource<MetadataProperties>))
)]
pub(super) async fn set(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Hal<Resource<MetadataProperties>>> {
    body::expect_json(&headers)?;
    let timeline = app.catalog.find(&context, &timeline)?;
    if !app.catalog.describe(&timeline, read(&body.0?)?).await? {
        return Err(Problem::no_timeline(timeline.context(), timeline.name()));
    }
    Ok(resource(&timeline))
}

fn read(body: &[u8]) -> Answer<Metadata> {
    let metadata: Metadata = serde_json::from_slice(body).map_err(|error| {
        let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        Problem::new(status, format!("expected an object of texts: {error}"))
    })?;
    let bytes: usize = metadata.iter().map(|(key, text)| key.len() + text.len()).sum();
    let are_keys = metadata.keys().all(|key| (1..=KEY_BYTES).contains(&key.len()));
    if metadata.len() > ENTRIES || bytes > BYTES || !are_keys {
        let detail = "metadata are up to 64 texts of 16 KiB together, with keys of 1 to 256 bytes";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    Ok(metadata)
}

fn resource(timeline: &Timeline) -> Hal<Resource<MetadataProperties>> {
    let address = href::timeline(timeline.context(), timeline.name());
    let links = Links::of(format!("{address}/metadata")).with("timeline", address);
    Hal(Resource { properties: MetadataProperties { metadata: (*timeline.metadata()).clone() }, links })
}
