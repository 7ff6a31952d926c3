//! `GET …/timelines/{timeline}/history` and `GET /api/contexts/{context}/history`: whether something takes as long as it
//! used to, and since when not.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, Parameters, limit};
use super::hal::{Hal, Links, Resource};
use super::represent::{seconds, time};
use super::skew::SkewQuery;
use super::{Answer, App, href};
use crate::catalog::{Digests, EARLIER, Timeline};
use crate::timeline::digest::{Digest, Outcome, Step};
use crate::timeline::history::{Judgement, Reason, change_points, judge};

/// The template's variables.
pub(super) const VARIABLES: &str = "{?event,limit}";

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// The name of events; the whole timelines if left out.
    event: Option<String>,
    /// How many earlier timelines are looked at; 60 if left out.
    #[param(minimum = 1, maximum = 60)]
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct HistoryProperties {
    event: Option<String>,
    /// The oldest first.
    runs: Vec<Resource<Run>>,
    /// Timelines among these that could not be read.
    unreadable: usize,
    /// Of the last run that has ended; null if there is none.
    judged: Option<Resource<Judged>>,
    changes: Vec<Resource<Change>>,
}

#[derive(Serialize, ToSchema)]
struct Run {
    timeline: String,
    start: String,
    state: &'static str,
    /// Of the event: all of its occurrences together. Null: it is not there.
    duration_seconds: Option<f64>,
}

#[derive(Serialize, ToSchema)]
struct Judged {
    timeline: String,
    verdict: &'static str,
    reason: String,
    /// Of the earlier runs that ended as this one did.
    median_seconds: Option<f64>,
    p90_seconds: Option<f64>,
    compared_with: usize,
}

/// The first run after a change for longer.
#[derive(Serialize, ToSchema)]
struct Change {
    timeline: String,
    before_median_seconds: f64,
    after_median_seconds: f64,
}

/// Whether a timeline took as long as those before it.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/history",
    params(SkewQuery, HistoryQuery),
    responses((status = OK, body = Resource<HistoryProperties>))
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<HistoryQuery>,
) -> Answer<Hal<Resource<HistoryProperties>>> {
    let (count, behind) = (runs(&query)?, asked.timeline.ordinal().saturating_add(1));
    let context = asked.context()?;
    let digests = asked.app.catalog.digests(&context, Some(behind), count).await?;
    Ok(Hal(Resource { properties: properties(query.event, &digests), links: asked.links("history") }))
}

/// Whether the newest timelines of a context take as long as they used to.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/history",
    params(HistoryQuery),
    responses((status = OK, body = Resource<HistoryProperties>))
)]
pub(super) async fn of_context(
    State(app): State<App>,
    Path(segment): Path<String>,
    Parameters(query): Parameters<HistoryQuery>,
) -> Answer<Hal<Resource<HistoryProperties>>> {
    let context = app.catalog.find_context(&segment)?;
    let count = runs(&query)?;
    let digests = app.catalog.digests(&context, None, count).await?;
    let address = href::context(context.name());
    let event =
        query.event.as_ref().map(|event| format!("event={}&", href::encoded(event))).unwrap_or_default();
    let own = format!("{address}/history?{event}limit={}", count - 1);
    let links = Links::of(own).with("context", address);
    Ok(Hal(Resource { properties: properties(query.event, &digests), links }))
}

/// How many runs are looked at: so many earlier ones, and the one that they are for.
fn runs(query: &HistoryQuery) -> Answer<usize> {
    Ok(limit(query.limit, EARLIER, EARLIER)? + 1)
}

/// A run as far as it counts for the history.
struct Point {
    timeline: Arc<Timeline>,
    start: i64,
    outcome: Outcome,
    duration: Option<i64>,
}

fn properties(event: Option<String>, digests: &Digests) -> HistoryProperties {
    let runs = digests.runs.iter();
    let points: Vec<Point> =
        runs.map(|(timeline, digest)| point(timeline, digest, event.as_deref())).collect();
    // Of those that ended as the last one did: a failed run is mostly shorter, and no improvement.
    let last = points.iter().rev().find(|point| point.is_ended()).map(|last| last.outcome);
    let alike: Vec<&Point> =
        points.iter().filter(|point| point.is_ended() && Some(point.outcome) == last).collect();
    let durations: Vec<f64> = alike.iter().filter_map(|point| Some(seconds(point.duration?))).collect();
    let judged = alike.last().map(|last| judged(&last.timeline, &judge(&durations)));
    let changes = change_points(&durations).into_iter().filter_map(|change| {
        let timeline = &alike.get(change.first)?.timeline;
        let (before_median_seconds, after_median_seconds) = (change.before, change.after);
        let properties =
            Change { timeline: timeline.name().to_string(), before_median_seconds, after_median_seconds };
        Some(Resource { properties, links: link(timeline) })
    });
    HistoryProperties {
        runs: points.iter().map(Point::resource).collect(),
        unreadable: digests.left_out,
        judged,
        changes: changes.collect(),
        event,
    }
}

fn point(timeline: &Arc<Timeline>, digest: &Digest, event: Option<&str>) -> Point {
    let step = event.and_then(|event| digest.step(event));
    let (outcome, duration) = match (event, step) {
        (None, _) => (digest.outcome, Some(digest.duration)),
        (Some(_), Some(step)) => (outcome(step), Some(step.total)),
        (Some(_), None) => (digest.outcome, None),
    };
    Point { timeline: timeline.clone(), start: digest.start, outcome, duration }
}

fn outcome(step: &Step) -> Outcome {
    match step {
        Step { open: 1.., .. } => Outcome::Running,
        Step { failed: 1.., .. } => Outcome::Failed,
        _ => Outcome::Done,
    }
}

impl Point {
    /// It has ended, and its duration is known.
    fn is_ended(&self) -> bool {
        self.outcome != Outcome::Running && self.duration.is_some()
    }

    fn resource(&self) -> Resource<Run> {
        let properties = Run {
            timeline: self.timeline.name().to_string(),
            start: time(self.start),
            state: state(self.outcome),
            duration_seconds: self.duration.map(seconds),
        };
        Resource { properties, links: link(&self.timeline) }
    }
}

fn judged(timeline: &Timeline, judgement: &Judgement) -> Resource<Judged> {
    let properties = Judged {
        timeline: timeline.name().to_string(),
        verdict: judgement.verdict.as_str(),
        reason: reason(judgement),
        median_seconds: judgement.median,
        p90_seconds: judgement.p90,
        compared_with: judgement.runs,
    };
    Resource { properties, links: link(timeline) }
}

fn reason(judgement: &Judgement) -> String {
    use crate::timeline::history::{EARLIER, Verdict};
    let is_faster = judgement.verdict == Verdict::Improvement;
    match (judgement.verdict, judgement.reason) {
        (Verdict::Unknown, _) => {
            format!("{} earlier runs ended as this one did; it takes {EARLIER} to tell", judgement.runs)
        }
        (_, Reason::None) => "it took as long as it usually does".to_owned(),
        (_, Reason::OneRun { bound }) => {
            format!("it took longer than {bound:.3} s, 1.2 times the 90th percentile of the earlier runs")
        }
        (_, Reason::TwoOfThree { bound }) if is_faster => {
            format!(
                "two of the last three runs took less than {bound:.3} s, the 10th percentile of the earlier ones over 1.2"
            )
        }
        (_, Reason::TwoOfThree { bound }) => {
            format!(
                "two of the last three runs took longer than {bound:.3} s, 1.2 times the 90th percentile of the earlier ones"
            )
        }
        (_, Reason::Group { deviations, shift }) => format!(
            "the median of the last five runs is {:.0} % {} that of those before, {:.1} standard deviations apart by ranks",
            100.0 * shift.abs(),
            if is_faster { "below" } else { "above" },
            deviations.abs()
        ),
    }
}

pub(super) fn state(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Running => "running",
        Outcome::Done => "done",
        Outcome::Failed => "failed",
    }
}

fn link(timeline: &Timeline) -> Links {
    Links::default().with("timeline", href::timeline(timeline.context(), timeline.name()))
}
