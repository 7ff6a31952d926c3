//! `GET …/timelines/{timeline}/forecast`: when a running timeline will be done.

use serde::Serialize;
use utoipa::ToSchema;

use super::Answer;
use super::asked::Asked;
use super::hal::{Hal, Resource};
use super::history::state;
use super::represent::{seconds, time};
use super::skew::SkewQuery;
use crate::catalog::{Digests, EARLIER};
use crate::timeline::digest::{Digest, Outcome};
use crate::timeline::forecast::{Forecast, RUNS, StepForecast, forecast};

#[derive(Default, Serialize, ToSchema)]
pub(super) struct ForecastProperties {
    state: &'static str,
    /// Why nothing more is known; null if it is.
    reason: Option<String>,
    /// Earlier runs that it is founded on.
    runs: usize,
    /// Earlier timelines that could not be read.
    unreadable: usize,
    elapsed_seconds: Option<f64>,
    left_p50_seconds: Option<f64>,
    left_p90_seconds: Option<f64>,
    end_p50: Option<String>,
    end_p90: Option<String>,
    /// Below 100 while it is running.
    percent: Option<f64>,
    steps: Vec<ForecastStep>,
}

#[derive(Serialize, ToSchema)]
struct ForecastStep {
    name: String,
    stage: &'static str,
    begin: String,
    end: Option<String>,
    usual_p50_seconds: f64,
    usual_p90_seconds: f64,
}

/// When a running timeline will be done.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/forecast",
    params(SkewQuery),
    responses((status = OK, body = Resource<ForecastProperties>))
)]
pub(super) async fn show(asked: Asked) -> Answer<Hal<Resource<ForecastProperties>>> {
    let catalog = &asked.app.catalog;
    let properties = match catalog.digest(&asked.timeline).await? {
        Some(digest) if digest.outcome == Outcome::Running => {
            let context = asked.context()?;
            let earlier = catalog.digests(&context, Some(asked.timeline.ordinal()), EARLIER).await?;
            let now = asked.app.doors.now();
            asked.ask(move |_| properties(&digest, &earlier, now)).await?
        }
        digest => at_rest(digest.as_deref()),
    };
    Ok(Hal(Resource { properties, links: asked.links("forecast") }))
}

fn at_rest(digest: Option<&Digest>) -> ForecastProperties {
    ForecastProperties {
        state: state(digest.map_or(Outcome::Running, |digest| digest.outcome)),
        reason: Some(
            if digest.is_some() { "nothing is running" } else { "there is no event yet" }.to_owned(),
        ),
        elapsed_seconds: digest.map(|digest| seconds(digest.duration)),
        ..ForecastProperties::default()
    }
}

fn properties(running: &Digest, earlier: &Digests, now: i64) -> ForecastProperties {
    let elapsed = now.saturating_sub(running.start);
    let unreadable = earlier.left_out;
    let state = state(running.outcome);
    let Some(forecast) = forecast(running, elapsed, &earlier.all()) else {
        let reason = Some(format!("fewer than {RUNS} earlier timelines of the context succeeded"));
        let elapsed_seconds = Some(seconds(elapsed.max(running.duration)));
        return ForecastProperties {
            state,
            reason,
            unreadable,
            elapsed_seconds,
            ..ForecastProperties::default()
        };
    };
    let Forecast { runs, elapsed, left_p50, left_p90, part, steps } = &forecast;
    let end = |left: i64| time(running.start.saturating_add(*elapsed).saturating_add(left));
    let reason = left_p50.is_none().then(|| "something has been running for longer than ever".to_owned());
    ForecastProperties {
        state,
        reason,
        runs: *runs,
        unreadable,
        elapsed_seconds: Some(seconds(*elapsed)),
        left_p50_seconds: left_p50.map(seconds),
        left_p90_seconds: left_p90.map(seconds),
        end_p50: left_p50.map(end),
        end_p90: left_p90.map(end),
        percent: part.map(|part| 100.0 * part),
        steps: steps.iter().map(|step| step_properties(step, running.start)).collect(),
    }
}

fn step_properties(step: &StepForecast, start: i64) -> ForecastStep {
    ForecastStep {
        name: step.name.to_string(),
        stage: step.stage.as_str(),
        begin: time(start.saturating_add(step.begins)),
        end: step.ends.map(|ends| time(start.saturating_add(ends))),
        usual_p50_seconds: seconds(step.usual),
        usual_p90_seconds: seconds(step.usual_p90),
    }
}
