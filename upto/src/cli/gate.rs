//! `upto gate`: an exit code for CI that says whether a timeline took longer than earlier ones.
//!
//! What is judged is the total. What made it longer is printed, and judges nothing.

mod rule;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use self::rule::{History, Rule, Verdict, share};
use super::api::{Api, ServerArguments, Timeline};
use super::compare;
use super::failure::Failure;
use super::output;
use super::progress::Waiting;
use super::text::harmless;

/// The exit code that says it took too long; 1 says that this can't be told.
const TOO_LONG: u8 = 2;
/// How often a timeline that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Causes that are printed.
const CAUSES: u32 = 10;

/// Fail if a timeline took longer than earlier ones
///
/// Exit codes: 0 it did not, or fewer than --least-runs earlier timelines went well, so that nobody can know; 2 it did; 1
/// it is not known: the timeline is not done, it failed, or the server does not answer.
#[derive(Debug, Args)]
pub(super) struct GateArguments {
    /// The collection of timelines
    context: String,
    /// The timeline [default: the newest one]
    timeline: Option<String>,
    /// Fail if it took more than so much longer than the median of earlier ones, as 20% or 0.2 [default: fail if the
    /// server finds that it regressed, by two of three runs or by Mann-Whitney]
    #[arg(long, value_name = "PART", value_parser = share)]
    max_regression: Option<f64>,
    /// So many earlier timelines have to tell how long it usually takes
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    least_runs: u32,
    /// Wait so long for the timeline to be done, if it is running
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
    /// Print what was found, as a JSON object: "verdict", "reason", "history" and "comparison"
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Said {
    verdict: Verdict,
    reason: String,
    history: Value,
    comparison: Option<Box<RawValue>>,
}

/// Judges a timeline.
pub(super) fn gate(arguments: &GateArguments) -> Result<ExitCode, Failure> {
    let api = Api::connect(&arguments.server)?;
    let timeline = done(&api, arguments)?;
    let history: Value = api.parse(&api.ask(&timeline.links, "history", &[])?)?;
    let rule = Rule { most: arguments.max_regression, least_runs: arguments.least_runs };
    let (verdict, reason) = rule.judge(&timeline, &api.typed::<History>(history.clone())?);
    let comparison = (verdict == Verdict::TooLong).then(|| causes(&api, &timeline)).transpose()?.flatten();
    match arguments.json {
        true => output::json(&Said { verdict, reason, history, comparison: raw(&api, comparison)? })?,
        false => print(&api, &timeline, (verdict, &reason), comparison)?,
    }
    Ok(ExitCode::from(match verdict {
        Verdict::Usual | Verdict::TooFew => 0,
        Verdict::TooLong => TOO_LONG,
        Verdict::NotJudged => 1,
    }))
}

/// The timeline when it is done, or when it was waited for long enough.
fn done(api: &Api, arguments: &GateArguments) -> Result<Timeline, Failure> {
    let deadline = Instant::now() + Duration::from_secs(arguments.wait.into());
    let mut timeline = api.find(&arguments.context, arguments.timeline.as_deref())?;
    let mut waiting = Waiting::begin();
    while timeline.state.as_deref() == Some("running") && Instant::now() < deadline {
        thread::sleep(LOOK_EVERY);
        waiting.tell(&format!("waiting for {} to be done", harmless(&timeline.name)));
        timeline = api.get(&timeline.links, "self")?;
    }
    Ok(timeline)
}

/// What the server says of why; nothing if there is no timeline to compare with.
fn causes(api: &Api, timeline: &Timeline) -> Result<Option<String>, Failure> {
    match compare::ask(api, timeline, None, CAUSES) {
        Err(Failure::Refused { status: 404 | 413, .. }) => Ok(None),
        said => said.map(Some),
    }
}

fn raw(api: &Api, said: Option<String>) -> Result<Option<Box<RawValue>>, Failure> {
    said.map(|said| api.parse(&said)).transpose()
}

fn print(
    api: &Api,
    timeline: &Timeline,
    (verdict, reason): (Verdict, &str),
    comparison: Option<String>,
) -> Result<(), Failure> {
    let mut lines = vec![format!("{}  {}  {verdict}: {reason}", timeline.context, timeline.name)];
    if let Some(said) = comparison {
        lines.extend(compare::lines(timeline, &api.parse(&said)?));
    }
    output::lines(lines)
}
