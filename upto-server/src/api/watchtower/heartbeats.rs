//! Heartbeats and pings as watchTower has them.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::answer::{Answered, Refused, one_line};
use super::body::Fields;
use super::{App, DatesQuery, SECOND, admit, answer, date};
use crate::api::asked::Parameters;
use crate::api::body::Whole;
use crate::doors::{Caller, Scope};
use crate::watch::heartbeat::{Change, Heartbeat, Key, Pulse, Standing, check_names};
use crate::watch::{Haste, Step};

/// Heartbeats that are listed at most.
const LISTED: usize = 100_000;

/// A heartbeat as watchTower has it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WatchTowerHeartbeat)]
struct Beat {
    alert_target: String,
    alert_type: String,
    /// Somebody was told that it is dead.
    alerted: bool,
    cancelled: bool,
    #[schema(value_type = Option<i64>)]
    expected: Value,
    #[schema(value_type = Option<i64>)]
    last: Value,
    next_in: i64,
    service: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WatchTowerHeartbeats)]
struct Beats {
    #[serde(rename = "heartBeats")]
    heart_beats: Vec<Beat>,
    result: u16,
}

/// A pulse as its clients send it.
#[derive(Deserialize, ToSchema)]
#[schema(as = WatchTowerPulse)]
#[allow(dead_code, reason = "it is read field by field, whose mistakes have an order; this describes it")]
struct PulseBody {
    service: String,
    #[serde(rename = "nextIn")]
    #[schema(rename = "nextIn")]
    next_in: f64,
    #[serde(rename = "alertTarget")]
    #[schema(rename = "alertTarget")]
    alert_target: String,
    #[serde(rename = "alertType")]
    #[schema(rename = "alertType")]
    alert_type: String,
}

/// A cancel as its clients send it.
#[derive(Deserialize, ToSchema)]
#[schema(as = WatchTowerCancel)]
#[allow(dead_code, reason = "it is read field by field; this describes it")]
struct CancelBody {
    service: String,
}

/// Pulses, for clients of watchTower.
#[utoipa::path(
    post,
    path = "/",
    request_body(content = PulseBody),
    responses((status = OK, description = "how it went", body = Object))
)]
pub(in crate::api) async fn pulse_root(app: State<App>, headers: HeaderMap, body: Whole) -> Response {
    pulse_heartbeat(app, headers, body).await
}

/// Pulses, for clients of watchTower.
#[utoipa::path(
    post,
    path = "/heartbeat",
    request_body(content = PulseBody),
    responses((status = OK, description = "how it went", body = Object))
)]
pub(in crate::api) async fn pulse_heartbeat(
    State(app): State<App>,
    headers: HeaderMap,
    body: Whole,
) -> Response {
    answer(pulse(&app, &headers, body).await)
}

/// Ends the watch of a service, for clients of watchTower.
#[utoipa::path(
    delete,
    path = "/",
    request_body(content = CancelBody),
    responses((status = OK, description = "how it went", body = Object))
)]
pub(in crate::api) async fn cancel_root(app: State<App>, headers: HeaderMap, body: Whole) -> Response {
    cancel_heartbeat(app, headers, body).await
}

/// Ends the watch of a service, for clients of watchTower.
#[utoipa::path(
    delete,
    path = "/heartbeat",
    request_body(content = CancelBody),
    responses((status = OK, description = "how it went", body = Object))
)]
pub(in crate::api) async fn cancel_heartbeat(
    State(app): State<App>,
    headers: HeaderMap,
    body: Whole,
) -> Response {
    answer(cancel(&app, &headers, body).await)
}

/// All heartbeats, for clients of watchTower.
#[utoipa::path(
    get,
    path = "/heartbeats",
    params(DatesQuery),
    responses((status = OK, body = Beats))
)]
pub(in crate::api) async fn list_heartbeats(
    State(app): State<App>,
    headers: HeaderMap,
    Parameters(query): Parameters<DatesQuery>,
) -> Response {
    answer(list(&app, &headers, &query).await)
}

/// A service's heartbeat, for clients of watchTower.
#[utoipa::path(
    get,
    path = "/heartbeat/{service}",
    responses((status = OK, description = "the heartbeat, or that there is none", body = Object))
)]
pub(in crate::api) async fn show_heartbeat(
    State(app): State<App>,
    headers: HeaderMap,
    Path(service): Path<String>,
) -> Response {
    answer(show(&app, &headers, &service).await)
}

/// A service's heartbeat, for clients of watchTower.
#[utoipa::path(
    get,
    path = "/get/{service}",
    responses((status = OK, description = "the heartbeat, or that there is none", body = Object))
)]
pub(in crate::api) async fn get_heartbeat(
    app: State<App>,
    headers: HeaderMap,
    service: Path<String>,
) -> Response {
    show_heartbeat(app, headers, service).await
}

/// A service whose name has slashes that are not encoded.
pub(super) async fn show_nested(
    State(app): State<App>,
    headers: HeaderMap,
    Path((service, rest)): Path<(String, String)>,
) -> Response {
    answer(show(&app, &headers, &format!("{service}/{rest}")).await)
}

async fn pulse(app: &App, headers: &HeaderMap, body: Whole) -> Answered<Response> {
    let caller = admit(app, headers, Scope::Send)?;
    let fields = Fields::read(body)?;
    let service = service_of(&caller, &fields)?;
    let next = fields.number("nextIn")?.ok_or_else(|| Refused::hint("no nextIn provided"))?;
    let target = fields.text("alertTarget", "no alert target provided")?;
    let kind = fields.text("alertType", "no alert type provided")?;
    let pulse = Pulse::new(next.trunc(), None).and_then(|pulse| pulse.saying(kind, target, ""));
    let pulse = pulse.map_err(|fault| Refused::hint(format!("bad nextIn or alert: {fault}")))?;
    let key = Key::new(service, "");
    app.watch.expect_room_for(&key).map_err(|error| Refused::hint(error.to_string()))?;
    app.durable(app.watch.take(&key, Step::Change(Change::Pulse(Some(pulse))), Haste::Now).0).await?;
    let beat = app.watch.get(&key).map(|heartbeat| Beat::of(app, &heartbeat, &DatesQuery::default()));
    Ok(one_line(&json!({"action": "pulse", "heartBeat": beat, "result": 200})))
}

async fn cancel(app: &App, headers: &HeaderMap, body: Whole) -> Answered<Response> {
    let caller = admit(app, headers, Scope::Send)?;
    let fields = Fields::read(body)?;
    let service = service_of(&caller, &fields)?;
    app.watch.catch_up().await?;
    let key = Key::new(service, "");
    if app.watch.get(&key).is_none() {
        return Ok(one_line(&json!({"action": "cancel", "heartBeat": service, "result": 200})));
    }
    app.durable(app.watch.take(&key, Step::Change(Change::Cancel), Haste::Now).0).await?;
    let beat = app.watch.get(&key).map(|heartbeat| Beat::of(app, &heartbeat, &DatesQuery::default()));
    Ok(one_line(&json!({"action": "cancel", "heartBeat": beat, "result": 200})))
}

async fn list(app: &App, headers: &HeaderMap, query: &DatesQuery) -> Answered<Response> {
    let caller = admit(app, headers, Scope::Read)?;
    app.watch.catch_up().await?;
    let is_wanted = |heartbeat: &Heartbeat| heartbeat.run.is_empty() && caller.is_for(&heartbeat.service);
    let found = app.watch.after(None, LISTED, is_wanted);
    let heart_beats = found.iter().map(|heartbeat| Beat::of(app, heartbeat, query)).collect();
    Ok(one_line(&Beats { heart_beats, result: 200 }))
}

async fn show(app: &App, headers: &HeaderMap, service: &str) -> Answered<Response> {
    let caller = admit(app, headers, Scope::Read)?;
    app.watch.catch_up().await?;
    let found = app.watch.get(&Key::new(service, "")).filter(|_| caller.is_for(service));
    let found = found.ok_or_else(|| Refused::hint("service not found"))?;
    Ok(one_line(&json!({"heartBeat": Beat::of(app, &found, &DatesQuery::default()), "result": 200})))
}

/// The service that a body is about, if it is one for the caller.
fn service_of<'f>(caller: &Caller, fields: &'f Fields) -> Answered<&'f str> {
    let service = fields.text("service", "no service provided")?;
    check_names(service, "").map_err(|fault| Refused::hint(fault.to_string()))?;
    if caller.is_for(service) { Ok(service) } else { Err(Refused::Password) }
}

impl Beat {
    fn of(app: &App, heartbeat: &Heartbeat, query: &DatesQuery) -> Self {
        let alert = heartbeat.alert.clone().unwrap_or_default();
        let expected = heartbeat.last.map(|last| last.saturating_add(heartbeat.next));
        Beat {
            alert_target: alert.address,
            alert_type: alert.kind,
            alerted: heartbeat.standing == Standing::Dead,
            cancelled: heartbeat.standing == Standing::Cancelled,
            expected: date(app, expected, query),
            last: date(app, heartbeat.last, query),
            next_in: heartbeat.next.div_euclid(SECOND),
            service: heartbeat.service.to_string(),
        }
    }
}
