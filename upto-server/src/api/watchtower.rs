//! The protocol of watchTower, for clients that are there: `docs/watchtower.md` tells it.
//!
//! Every answer has the status 200 and one line of JSON that says how it went, as its clients expect. The native API says
//! the same in its own way, with true statuses. The header `password` is a token; where the server needs none, nothing is
//! asked for.

mod answer;
mod body;
mod cors;
mod events;
mod heartbeats;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use self::answer::{Answered, Refused, one_line};
pub(super) use self::cors::answer as answer_pages;
pub(super) use self::events::*;
pub(super) use self::heartbeats::*;
use super::App;
use super::asked::Parameters;
use crate::doors::{Caller, Scope, wants_json};

/// The version that its clients know.
const VERSION: &str = "0";
/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// Everything that a client may want to know first.
#[derive(Serialize, ToSchema)]
#[schema(as = WatchTowerHello)]
struct Hello {
    #[serde(rename = "eventsPresets")]
    events_presets: Vec<Value>,
    result: u16,
    version: &'static str,
    /// The server's time, in seconds.
    world: i64,
}

/// How times are written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct DatesQuery {
    /// 1: as people read them, else as seconds.
    #[serde(rename = "humanDates")]
    #[param(rename = "humanDates")]
    human_dates: Option<String>,
}

/// The page, or all heartbeats for who wants JSON.
#[utoipa::path(
    get,
    path = "/",
    params(DatesQuery),
    responses((status = OK, description = "the page", body = String, content_type = "text/html"))
)]
pub(super) async fn root(app: State<App>, headers: HeaderMap, query: Parameters<DatesQuery>) -> Response {
    if wants_json(&headers) {
        list_heartbeats(app, headers, query).await
    } else {
        crate::ui::index(headers).await
    }
}

/// What a client asks first.
#[utoipa::path(
    get,
    path = "/hello",
    responses((status = OK, body = Hello))
)]
pub(super) async fn hello(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(admit(&app, &headers, Scope::Read).map(|_| {
        let (presets, now) = (app.watch.settings().presets.clone(), app.watch.now());
        let hello =
            Hello { events_presets: presets, result: 200, version: VERSION, world: now.div_euclid(SECOND) };
        one_line(&hello)
    }))
}

/// Addresses with two slashes, with which watchTower's own page asks.
pub(super) fn doubled() -> Router<App> {
    Router::new()
        .route("//hello", get(hello))
        .route("//heartbeats", get(list_heartbeats))
        .route("//events", get(events))
        .route("//pings", get(pings))
        // A service whose name has slashes that a client did not encode.
        .route("/heartbeat/{service}/{*rest}", get(show_nested))
        .route("/get/{service}/{*rest}", get(show_nested))
}

/// Who asks, if the password is a token that allows it.
fn admit(app: &App, headers: &HeaderMap, scope: Scope) -> Answered<Caller> {
    if app.doors.is_open() {
        return Ok(Caller::Anybody);
    }
    let password = headers.get("password").and_then(|password| password.to_str().ok()).unwrap_or_default();
    let caller = app.doors.holder(password).map(Caller::Holder);
    caller.filter(|caller| caller.allows(scope)).ok_or(Refused::Password)
}

fn answer(answered: Answered<Response>) -> Response {
    answered.unwrap_or_else(IntoResponse::into_response)
}

/// Seconds, or a text for people.
fn date(app: &App, nanoseconds: Option<i64>, query: &DatesQuery) -> Value {
    let Some(seconds) = nanoseconds.map(|time| time.div_euclid(SECOND)) else { return Value::Null };
    if query.human_dates.as_deref() != Some("1") {
        return seconds.into();
    }
    let zone = jiff::tz::TimeZone::get(&app.watch.settings().zone).unwrap_or(jiff::tz::TimeZone::UTC);
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string().into(),
        Err(_) => seconds.into(),
    }
}

/// Whether a client says that it takes nothing but JSON is of no use: all of these answers are.
fn json_headers() -> [(header::HeaderName, &'static str); 2] {
    [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")]
}
