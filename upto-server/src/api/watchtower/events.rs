//! Lines of the journal, which watchTower calls events, and pings.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answered, Refused, done, one_line};
use super::body::Fields;
use super::{App, DatesQuery, SECOND, admit, answer, date};
use crate::api::asked::Parameters;
use crate::api::body::Whole;
use crate::doors::Scope;
use crate::watch::journal::{Entry, Filter};
use crate::watch::{PingSettings, PingStanding};

/// Lines that are listed at most.
const LISTED: usize = 10_000;
/// Nanoseconds of what is listed unless told otherwise: a day.
const USUAL: i64 = 86_400 * SECOND;

/// Which lines are wanted. What is no number is as if it had not been given.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct EventsQuery {
    /// A regular expression that finds something in the service.
    service: String,
    /// Likewise in the message.
    message: String,
    /// At least so grave.
    #[param(value_type = i32)]
    level: String,
    /// From this second on; the last 24 hours if left out.
    #[param(value_type = i64)]
    from: String,
    /// Up to this second.
    #[param(value_type = i64)]
    to: String,
    /// 1: times as people read them, else as seconds.
    #[serde(rename = "humanDates")]
    #[param(rename = "humanDates")]
    human_dates: Option<String>,
}

/// A line as watchTower has it.
#[derive(Serialize, ToSchema)]
#[schema(as = WatchTowerEvent)]
struct Line {
    alert: bool,
    #[schema(value_type = i64)]
    date: Value,
    level: i32,
    message: String,
    service: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WatchTowerEvents)]
pub(in crate::api) struct Lines {
    /// Not where the request was not understood.
    #[schema(required = false)]
    events: Vec<Line>,
    result: u16,
}

/// Pings as watchTower has them.
#[derive(Serialize, ToSchema)]
#[schema(as = WatchTowerPings)]
pub(in crate::api) struct Pings {
    #[schema(value_type = Vec<Object>)]
    pings: Vec<Value>,
    result: u16,
}

/// A line as its clients send it.
#[derive(Deserialize, ToSchema)]
#[schema(as = WatchTowerWantedEvent)]
#[allow(dead_code, reason = "it is read field by field, whose mistakes have an order; this describes it")]
struct EventBody {
    service: String,
    message: String,
    #[serde(default)]
    level: Option<i32>,
    #[serde(default)]
    alert: Option<bool>,
}

/// Adds a line to the journal, for clients of watchTower.
#[utoipa::path(
    post,
    path = "/event",
    request_body(content = EventBody),
    responses((status = OK, description = "how it went", body = Object))
)]
pub(in crate::api) async fn event(State(app): State<App>, headers: HeaderMap, body: Whole) -> Response {
    answer(add(&app, &headers, body).await)
}

/// Adds a line to the journal, for clients of watchTower.
#[utoipa::path(
    post,
    path = "/add-event",
    request_body(content = EventBody),
    responses((status = OK, description = "how it went", body = Object))
)]
pub(in crate::api) async fn add_event(app: State<App>, headers: HeaderMap, body: Whole) -> Response {
    event(app, headers, body).await
}

/// Lines of the journal, for clients of watchTower.
#[utoipa::path(
    get,
    path = "/events",
    params(EventsQuery),
    responses((status = OK, body = Lines))
)]
pub(in crate::api) async fn events(
    State(app): State<App>,
    headers: HeaderMap,
    Parameters(query): Parameters<EventsQuery>,
) -> Response {
    answer(list(&app, &headers, query).await)
}

/// Lines of the journal, for clients of watchTower.
#[utoipa::path(
    get,
    path = "/list-events",
    params(EventsQuery),
    responses((status = OK, body = Lines))
)]
pub(in crate::api) async fn list_events(
    app: State<App>,
    headers: HeaderMap,
    query: Parameters<EventsQuery>,
) -> Response {
    events(app, headers, query).await
}

/// What is asked whether it answers, for clients of watchTower.
#[utoipa::path(
    get,
    path = "/pings",
    params(DatesQuery),
    responses((status = OK, body = Pings))
)]
pub(in crate::api) async fn pings(
    State(app): State<App>,
    headers: HeaderMap,
    Parameters(query): Parameters<DatesQuery>,
) -> Response {
    answer(list_pings(&app, &headers, &query).await)
}

async fn list_pings(app: &App, headers: &HeaderMap, query: &DatesQuery) -> Answered<Response> {
    let caller = admit(app, headers, Scope::Read)?;
    let mut pings = Vec::new();
    for settings in app.watch.settings().pings.iter().filter(|settings| caller.is_for(&settings.service)) {
        let standing = app.watch.ping_standing(&settings.service).await?.unwrap_or_default();
        pings.push(ping(app, settings, &standing, query));
    }
    Ok(one_line(&Pings { pings, result: 200 }))
}

/// A ping without what is secret of it.
fn ping(app: &App, settings: &PingSettings, standing: &PingStanding, query: &DatesQuery) -> Value {
    let masked = |is_there: bool| if is_there { "***" } else { "" };
    let alert = settings.alert.clone().unwrap_or_default();
    json!({
        "alertTarget": alert.address,
        "alertType": alert.kind,
        "alerted": standing.is_down,
        "expectedCode": settings.expected.start(),
        "frequency": settings.frequency.as_secs(),
        "lastPing": date(app, standing.last.as_ref().map(|last| last.time), query),
        "lastPingSuccess": date(app, standing.last_success, query),
        "login": settings.login.as_ref().map_or("", |(login, _)| login),
        "method": settings.method,
        "password": masked(settings.login.is_some()),
        "proxyURL": masked(settings.proxy.is_some()),
        "service": settings.service,
        "timeout": settings.timeout.as_secs(),
        "url": settings.url,
    })
}

async fn add(app: &App, headers: &HeaderMap, body: Whole) -> Answered<Response> {
    let caller = admit(app, headers, Scope::Send)?;
    let fields = Fields::read(body)?;
    let service = fields.text("service", "no service provided")?;
    let message = fields.text("message", "no message provided")?;
    Entry::check(service, message).map_err(|fault| Refused::hint(fault.to_string()))?;
    if !caller.is_for(service) {
        return Err(Refused::Password);
    }
    let level = fields.number("level")?.unwrap_or(0.0);
    app.enter(service, whole(level), message, fields.flag("alert")).await?;
    Ok(done())
}

/// The number without what is behind its point, within what a level may be.
#[allow(clippy::cast_possible_truncation, reason = "a cast of a float saturates, which is what is wanted")]
fn whole(level: f64) -> i32 {
    level as i32
}

async fn list(app: &App, headers: &HeaderMap, query: EventsQuery) -> Answered<Response> {
    let caller = admit(app, headers, Scope::Read)?;
    let filter =
        Filter::new(&query.service, &query.message).map_err(|fault| Refused::hint(fault.to_string()))?;
    let seconds = |text: &str| text.parse::<i64>().ok();
    let now = app.watch.now();
    let from = seconds(&query.from).map_or(now.saturating_sub(USUAL), |from| from.saturating_mul(SECOND));
    // All of the last second.
    let to = seconds(&query.to).map(|to| to.saturating_mul(SECOND).saturating_add(SECOND - 1));
    let filter = filter.at_least(query.level.parse().ok()).within(Some(from), to);
    let filter = filter.seen_by(move |service| caller.is_for(service));
    let page = app.watch.journal().newest(&filter, None, LISTED).await?;
    let dates = DatesQuery { human_dates: query.human_dates };
    let line = |entry: Entry| {
        let date = date(app, Some(entry.time), &dates);
        Line { alert: entry.alert, date, level: entry.level, message: entry.message, service: entry.service }
    };
    let events = page.entries.into_iter().map(|(_, entry)| line(entry)).collect();
    Ok(one_line(&Lines { events, result: 200 }))
}
