//! `GET` and `PUT …/timelines/{timeline}/metadata`: what people and build systems say of a timeline.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::hal::{Hal, Links, Resource};
use super::{Answer, App, Problem, body, href};
use crate::catalog::Timeline;
use crate::catalog::document::Metadata;

/// Texts of a timeline at most.
const ENTRIES: usize = 64;
/// Bytes of a key at most.
const KEY_BYTES: usize = 256;
/// Bytes of keys and texts of a timeline together at most.
const BYTES: usize = 16 << 10;

/// The texts by their keys.
#[derive(Debug, Serialize)]
pub(super) struct Properties {
    metadata: Metadata,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
) -> Answer<Hal<Resource<Properties>>> {
    Ok(resource(&*app.catalog.find(&context, &timeline)?))
}

pub(super) async fn set(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Hal<Resource<Properties>>> {
    body::expect_json(&headers)?;
    let timeline = app.catalog.find(&context, &timeline)?;
    if !app.catalog.describe(&timeline, read(&body::whole(body)?)?).await? {
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

fn resource(timeline: &Timeline) -> Hal<Resource<Properties>> {
    let address = href::timeline(timeline.context(), timeline.name());
    let links = Links::of(format!("{address}/metadata")).with("timeline", address);
    Hal(Resource { properties: Properties { metadata: (*timeline.metadata()).clone() }, links })
}
