//! `/ping/…`: pulses by nothing but an address, as scripts and services that know the convention of Healthchecks send them.
//!
//! `/ping/{uuid}` stands for one heartbeat, and whoever knows it may pulse it. `/ping/{key}/{slug}` stands for a service,
//! the key being a token that may send; where the server needs no tokens, any key will do. Behind that may follow `start`,
//! `fail`, `log` or an exit status.

mod signal;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use self::signal::{Signal, is_uuid};
use super::asked::Parameters;
use super::body::Beginning;
use super::problem::SaidOtherwise;
use super::{App, Problem};
use crate::doors::{Caller, Scope};
use crate::watch::heartbeat::{Change, Key, Pulse, TEXT_BYTES, check_names};
use crate::watch::{Haste, Step};

/// Seconds until the next pulse, and of grace, of what is created without saying that.
const USUAL_NEXT: f64 = 86_400.0;
const USUAL_GRACE: f64 = 3_600.0;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct PingQuery {
    /// Tells runs apart: a UUID.
    rid: Option<String>,
    /// 1: a service that is not known yet is created.
    create: Option<String>,
    /// Within how many seconds the next pulse comes.
    next: Option<f64>,
}

/// What is answered instead of what was asked for.
type Refused = (StatusCode, &'static str);

/// Pulses the heartbeat that this stands for.
#[utoipa::path(
    get,
    path = "/ping/{ping}",
    params(PingQuery),
    responses((status = OK, description = "OK", body = String))
)]
pub(super) async fn get_first(
    app: State<App>,
    Path(ping): Path<String>,
    query: Parameters<PingQuery>,
) -> Response {
    answer(app, &[&ping], query, Beginning(Ok(Vec::new()))).await
}

/// Pulses the heartbeat that this stands for, and says something.
#[utoipa::path(
    post,
    path = "/ping/{ping}",
    params(PingQuery),
    request_body(content = String, content_type = "text/plain"),
    responses((status = OK, description = "OK", body = String))
)]
pub(super) async fn post_first(
    app: State<App>,
    Path(ping): Path<String>,
    query: Parameters<PingQuery>,
    body: Beginning,
) -> Response {
    answer(app, &[&ping], query, body).await
}

/// Signals a heartbeat, or pulses a service.
#[utoipa::path(
    get,
    path = "/ping/{ping}/{second}",
    params(PingQuery),
    responses(
        (status = OK, description = "OK", body = String),
        (status = CREATED, description = "Created", body = String)
    )
)]
pub(super) async fn get_second(
    app: State<App>,
    Path((ping, second)): Path<(String, String)>,
    query: Parameters<PingQuery>,
) -> Response {
    answer(app, &[&ping, &second], query, Beginning(Ok(Vec::new()))).await
}

/// Signals a heartbeat, or pulses a service, and says something.
#[utoipa::path(
    post,
    path = "/ping/{ping}/{second}",
    params(PingQuery),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = OK, description = "OK", body = String),
        (status = CREATED, description = "Created", body = String)
    )
)]
pub(super) async fn post_second(
    app: State<App>,
    Path((ping, second)): Path<(String, String)>,
    query: Parameters<PingQuery>,
    body: Beginning,
) -> Response {
    answer(app, &[&ping, &second], query, body).await
}

/// Signals a service.
#[utoipa::path(
    get,
    path = "/ping/{ping}/{second}/{third}",
    params(PingQuery),
    responses(
        (status = OK, description = "OK", body = String),
        (status = CREATED, description = "Created", body = String)
    )
)]
pub(super) async fn get_third(
    app: State<App>,
    Path((ping, second, third)): Path<(String, String, String)>,
    query: Parameters<PingQuery>,
) -> Response {
    answer(app, &[&ping, &second, &third], query, Beginning(Ok(Vec::new()))).await
}

/// Signals a service, and says something.
#[utoipa::path(
    post,
    path = "/ping/{ping}/{second}/{third}",
    params(PingQuery),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = OK, description = "OK", body = String),
        (status = CREATED, description = "Created", body = String)
    )
)]
pub(super) async fn post_third(
    app: State<App>,
    Path((ping, second, third)): Path<(String, String, String)>,
    query: Parameters<PingQuery>,
    body: Beginning,
) -> Response {
    answer(app, &[&ping, &second, &third], query, body).await
}

async fn answer(
    State(app): State<App>,
    segments: &[&str],
    Parameters(query): Parameters<PingQuery>,
    body: Beginning,
) -> Response {
    let done = async {
        let said = body.0.map_err(IntoResponse::into_response)?;
        app.watch.catch_up().await.map_err(|error| Problem::from(error).into_response())?;
        let told = Told::of(&app, segments, &query, &said).map_err(refused)?;
        told.take(&app).await.map_err(IntoResponse::into_response)
    };
    done.await.unwrap_or_else(|refused| refused)
}

fn refused((status, text): Refused) -> Response {
    plain(status, text)
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (status, headers, text).into_response();
    response.extensions_mut().insert(SaidOtherwise);
    response
}

/// What an address tells.
struct Told {
    key: Key,
    signal: Signal,
    /// The run within the service; empty: none is told.
    run: String,
    pulse: Option<Pulse>,
    text: String,
    is_new: bool,
}

impl Told {
    fn of(app: &App, segments: &[&str], query: &PingQuery, said: &[u8]) -> Result<Self, Refused> {
        let (key, action) = match *segments {
            [ping] if is_uuid(ping) => (pinged(app, ping)?, None),
            [ping, action] if is_uuid(ping) => (pinged(app, ping)?, Some(action)),
            [secret, slug] => (of_slug(app, secret, slug)?, None),
            [secret, slug, action] => (of_slug(app, secret, slug)?, Some(action)),
            _ => return Err((StatusCode::NOT_FOUND, "not found")),
        };
        let signal = action.map_or(Some(Signal::Success), Signal::of);
        let signal = signal.ok_or((StatusCode::BAD_REQUEST, "invalid url format"))?;
        let run = query.rid.clone().unwrap_or_default();
        if !run.is_empty() && !is_uuid(&run) {
            return Err((StatusCode::BAD_REQUEST, "invalid uuid format"));
        }
        let known = app.watch.get(&key);
        let is_new = known.is_none();
        if is_new && query.create.as_deref() != Some("1") {
            return Err((StatusCode::NOT_FOUND, "not found"));
        }
        let grace = known.as_ref().map_or(USUAL_GRACE, |known| super::represent::seconds(known.grace));
        let wanted = query.next.or(is_new.then_some(USUAL_NEXT));
        let pulse = wanted.map(|next| Pulse::new(next, Some(grace))).transpose();
        let pulse = pulse.map_err(|_| (StatusCode::BAD_REQUEST, "invalid next"))?;
        let alert = known.and_then(|known| known.alert);
        let text = beginning(&String::from_utf8_lossy(said)).to_owned();
        let pulse = pulse.map(|pulse| Pulse { alert, text: text.clone(), ..pulse });
        Ok(Told { key, signal, run, pulse, text, is_new })
    }

    async fn take(self, app: &App) -> Result<Response, Problem> {
        let too_many = |error: crate::watch::TooMany| Problem::new(StatusCode::CONFLICT, error.to_string());
        app.watch.expect_room_for(&self.key).map_err(too_many)?;
        for change in self.changes() {
            app.durable(app.watch.take(&self.key, Step::Change(change), Haste::Now).0).await?;
        }
        if !self.run.is_empty() {
            self.take_run(app).await?;
        }
        if self.signal == Signal::Log && !self.text.is_empty() {
            app.enter(&self.key.service, 0, &self.text, false).await?;
        }
        let created = (StatusCode::CREATED, "Created");
        let (status, text) = if self.is_new { created } else { (StatusCode::OK, "OK") };
        Ok(plain(status, text))
    }

    /// What happens to the service's own heartbeat, one after the other.
    fn changes(&self) -> impl Iterator<Item = Change> {
        let definition = self.pulse.clone().filter(|_| self.is_new).map(Change::Define);
        let (definition, change) = match &self.signal {
            Signal::Success => (None, Some(Change::Pulse(self.pulse.clone()))),
            Signal::Start if self.run.is_empty() => (None, Some(Change::Start(self.pulse.clone()))),
            Signal::Fail(status) => (definition, Some(Change::Fail(self.failure(*status)))),
            Signal::Start | Signal::Log => (definition, None),
        };
        definition.into_iter().chain(change)
    }

    /// A run is watched from its start on, and forgotten once it has ended.
    async fn take_run(&self, app: &App) -> Result<(), Problem> {
        let key = Key::new(&self.key.service, &self.run);
        let step = match self.signal {
            Signal::Start => Step::Change(Change::Start(self.definition(app))),
            Signal::Success | Signal::Fail(_) => Step::Forget,
            Signal::Log => return Ok(()),
        };
        app.durable(app.watch.take(&key, step, Haste::Now).0).await
    }

    /// What the service's own heartbeat keeps to.
    fn definition(&self, app: &App) -> Option<Pulse> {
        let known = app.watch.get(&self.key)?;
        let pulse = Pulse { next: known.next, grace: known.grace, alert: known.alert, text: String::new() };
        Some(self.pulse.clone().unwrap_or(pulse))
    }

    fn failure(&self, status: Option<u8>) -> String {
        match (status, self.text.as_str()) {
            (Some(status), "") => format!("exit status {status}"),
            (_, text) => text.to_owned(),
        }
    }
}

fn pinged(app: &App, ping: &str) -> Result<Key, Refused> {
    app.watch.pinged(&ping.to_ascii_lowercase()).ok_or((StatusCode::NOT_FOUND, "not found"))
}

/// The service that a key and a slug stand for. Who has no key is told no more than that there is nothing.
fn of_slug(app: &App, secret: &str, slug: &str) -> Result<Key, Refused> {
    let caller = match app.doors.is_open() {
        true => Some(Caller::Anybody),
        false => app.doors.holder(secret).map(Caller::Holder),
    };
    let may = caller.is_some_and(|caller| caller.allows(Scope::Send) && caller.is_for(slug));
    if may && check_names(slug, "").is_ok() {
        Ok(Key::new(slug, ""))
    } else {
        Err((StatusCode::NOT_FOUND, "not found"))
    }
}

/// The text up to what a heartbeat may say, cut between characters.
fn beginning(text: &str) -> &str {
    let cut = (0..=TEXT_BYTES.min(text.len())).rev().find_map(|end| text.get(..end));
    cut.unwrap_or_default()
}
