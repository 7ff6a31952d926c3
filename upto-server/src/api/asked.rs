//! What questions about a timeline have in common: which one it is, with which times, and how parameters are read.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::hal::Links;
use super::represent::{seconds, time};
use super::skew::{self, SkewQuery};
use super::{
    Answer, App, Problem, blame, compare, critical_path, export, history, href, import, stuck, view,
};
use crate::catalog::{Context, Made, Timeline};
use crate::timeline::Times;
use crate::timeline::nesting::LeftOut;
use crate::timeline::table::{Place, Row, Table};

/// A timeline that something is asked about.
pub(super) struct Asked {
    pub(super) app: App,
    pub(super) timeline: Arc<Timeline>,
    pub(super) times: Times,
    /// The parameters as they were given.
    query: Option<String>,
}

impl FromRequestParts<App> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Answer<Self> {
        let place = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Path((context, timeline)) =
            place.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
        let times = skew::times(Query::<SkewQuery>::from_request_parts(parts, app).await)?;
        let timeline = app.catalog.find(&context, &timeline)?;
        Ok(Asked { app: app.clone(), timeline, times, query: parts.uri.query().map(str::to_owned) })
    }
}

impl Asked {
    /// Asks what is made of all events.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Made) -> T + Send + 'static,
    ) -> Answer<T> {
        Ok(self.timeline.ask(self.app.catalog.store().as_ref(), self.times, ask).await?)
    }

    /// Asks what takes memory for each event while it is found.
    pub(super) async fn go_through<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Made) -> T + Send + 'static,
    ) -> Answer<T> {
        Ok(self.timeline.go_through(self.app.catalog.store().as_ref(), self.times, ask).await?)
    }

    /// The context of the timeline.
    pub(super) fn context(&self) -> Answer<Arc<Context>> {
        let name = self.timeline.context();
        self.app.catalog.context(name).ok_or_else(|| Problem::no_context(name))
    }

    /// The links of the resource of this name below the timeline, asked for as it was.
    pub(super) fn links(&self, name: &str) -> Links {
        let address = href::timeline(self.timeline.context(), self.timeline.name());
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        Links::of(format!("{address}/{name}{query}")).with("timeline", skew::address(address, self.times))
    }
}

/// Adds the links of a timeline to what may be asked of it, with these times.
pub(super) fn with_questions(links: Links, timeline: &Timeline, times: Times) -> Links {
    let address = href::timeline(timeline.context(), timeline.name());
    let templates = [
        ("view", view::VARIABLES),
        ("critical-path", critical_path::VARIABLES),
        ("compare", compare::VARIABLES),
        ("history", history::VARIABLES),
        ("stuck", stuck::VARIABLES),
        ("blame", blame::VARIABLES),
        ("export", export::VARIABLES),
    ];
    let links = links.with_template("import", format!("{address}/import{}", import::VARIABLES));
    let fixed = ["columns", "forecast"]
        .into_iter()
        .fold(links, |links, name| links.with(name, skew::address(format!("{address}/{name}"), times)));
    templates.into_iter().fold(fixed, |links, (name, variables)| {
        let variables = match times {
            Times::Corrected => variables.to_owned(),
            Times::Raw => variables.replacen("{?", "?skew=raw{&", 1),
        };
        links.with_template(name, format!("{address}/{name}{variables}"))
    })
}

/// The parameters of a question.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        let Query(parameters) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        Ok(Parameters(parameters))
    }
}

/// A number from 1 to `most`; `usual` if none was given.
pub(super) fn limit(given: Option<usize>, usual: usize, most: usize) -> Answer<usize> {
    let limit = given.unwrap_or(usual);
    let is_good = (1..=most).contains(&limit);
    is_good
        .then_some(limit)
        .ok_or_else(|| Problem::bad_request(format!("limit is a number from 1 to {most}")))
}

/// An instant as nanoseconds since the epoch, or as RFC 3339.
pub(super) fn instant(parameter: &str, text: &str) -> Answer<i64> {
    let told = || i64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok();
    text.parse().ok().or_else(told).ok_or_else(|| {
        Problem::bad_request(format!(
            "{parameter} is a time by RFC 3339 (a + in it is %2B), or nanoseconds since the epoch"
        ))
    })
}

/// Seconds, from 0 on, as nanoseconds.
pub(super) fn nanoseconds(parameter: &str, seconds: f64) -> Answer<i64> {
    if !(seconds.is_finite() && seconds >= 0.0) {
        return Err(Problem::bad_request(format!("{parameter} is seconds, from 0 on")));
    }
    // What is more than some 292 years is all the same.
    let nanoseconds = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).as_nanos();
    Ok(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
}

/// So great a part of a whole; 0 of nothing.
pub(super) fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// An event in an answer about many of them. Its attributes are among the events of the timeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct BriefEvent {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    id: u64,
    start: Option<String>,
    end: Option<String>,
    duration_seconds: Option<f64>,
    state: &'static str,
}

impl BriefEvent {
    pub(super) fn of(table: &Table, row: &Row) -> Self {
        let host = table.host(row.host);
        BriefEvent {
            name: table.name(row.name).to_owned(),
            host: (!host.is_empty()).then(|| host.to_owned()),
            id: row.id,
            start: row.start.map(time),
            end: row.end.map(time),
            duration_seconds: row.duration().map(seconds),
            state: row.state.as_str(),
        }
    }

    pub(super) fn at(table: &Table, place: Place) -> Option<Self> {
        table.row(place as usize).map(|row| BriefEvent::of(table, &row))
    }
}

/// Events that a question could not make use of.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(super) struct LeftOutProperties {
    open: u32,
    unknown_start: u32,
}

impl From<LeftOut> for LeftOutProperties {
    fn from(LeftOut { open, unknown_start }: LeftOut) -> Self {
        LeftOutProperties { open, unknown_start }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_nanoseconds_or_rfc_3339() {
        assert_eq!(instant("from", "-5").ok(), Some(-5));
        assert_eq!(instant("from", "1970-01-01T00:00:01.000000007Z").ok(), Some(1_000_000_007));
        for text in ["", "5.0", "yesterday", "9223372036854775808", "9999-12-31T00:00:00Z"] {
            assert!(instant("from", text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_are_not_negative_and_numbers() {
        assert_eq!(nanoseconds("limit", 0.5).ok(), Some(500_000_000));
        assert_eq!(nanoseconds("limit", 1e15).ok(), Some(i64::MAX));
        for seconds in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(nanoseconds("limit", seconds).is_err(), "{seconds}");
        }
    }
}
