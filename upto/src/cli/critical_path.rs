//! `upto critical-path`: what the length of a timeline depends on.

use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::api::{Api, Event, ServerArguments, Timeline};
use super::failure::Failure;
use super::output;
use super::render::{change, duration, headline, table};

/// Say what the length of a timeline depends on
///
/// The steps of which one follows the other from the first instant to the last. DRAG is how much shorter the whole would
/// be without a step, SLACK how much later it could have ended without making the whole longer.
#[derive(Debug, Args)]
pub(super) struct CriticalPathArguments {
    /// The collection of timelines
    context: String,
    /// The timeline [default: the newest one]
    timeline: Option<String>,
    /// Ask what the length of the first event of this name depends on, not of the timeline
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// Ask how long the whole would take if events of this name took another time: see --factor
    #[arg(long, value_name = "NAME")]
    what_if: Option<String>,
    /// How many times as long these would take
    #[arg(long, value_name = "FACTOR", default_value = "0.5", requires = "what_if")]
    factor: String,
    /// Tell at most so many steps, those that take longest
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print what the server says, as a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
struct Path {
    #[serde(default)]
    estimated: bool,
    duration_seconds: Option<f64>,
    unattributed_seconds: Option<f64>,
    steps: Vec<Step>,
    other_steps: u64,
    what_if: Option<WhatIf>,
}

#[derive(Deserialize)]
struct Step {
    event: Event,
    duration_seconds: f64,
    own_seconds: f64,
    slack_seconds: f64,
    drag_seconds: f64,
}

#[derive(Deserialize)]
struct WhatIf {
    name: String,
    factor: f64,
    duration_seconds: f64,
    change_seconds: f64,
}

/// Tells the path.
pub(super) fn critical_path(arguments: &CriticalPathArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let timeline = api.find(&arguments.context, arguments.timeline.as_deref())?;
    let limit = arguments.limit.to_string();
    let mut values = vec![("limit", &*limit)];
    values.extend(arguments.event.as_deref().map(|event| ("event", event)));
    if let Some(name) = &arguments.what_if {
        values.extend([("what_if", &**name), ("factor", &*arguments.factor)]);
    }
    let said = api.ask(&timeline.links, "critical-path", &values)?;
    if arguments.json {
        return output::json(&api.parse::<Box<RawValue>>(&said)?);
    }
    output::lines(lines(&timeline, &api.parse(&said)?))
}

fn lines(timeline: &Timeline, path: &Path) -> Vec<String> {
    let mut lines = vec![headline(timeline)];
    let Some(whole) = path.duration_seconds else {
        lines.push("nothing has both begun and ended yet".to_owned());
        return lines;
    };
    let rows: Vec<_> = path.steps.iter().map(row).collect();
    lines.extend(table(["TIME", "OWN", "DRAG", "SLACK", "EVENT"], &rows));
    if path.other_steps > 0 {
        lines.push(format!("and {} other steps", path.other_steps));
    }
    let nobody = path.unattributed_seconds.filter(|seconds| *seconds > 0.0);
    let nobody = nobody.map(|seconds| format!(", of which {} are nobody's", duration(seconds)));
    let estimated = if path.estimated { " (estimated from what ran beside what)" } else { "" };
    lines.push(format!("{}{}{estimated}", duration(whole), nobody.unwrap_or_default()));
    lines.extend(path.what_if.as_ref().map(what_if));
    lines
}

fn row(step: &Step) -> [String; 5] {
    let on = if step.event.host.is_empty() { String::new() } else { format!(" on {}", step.event.host) };
    [
        duration(step.duration_seconds),
        duration(step.own_seconds),
        duration(step.drag_seconds),
        duration(step.slack_seconds),
        format!("{}{on}", step.event.name),
    ]
}

fn what_if(what_if: &WhatIf) -> String {
    let WhatIf { name, factor, duration_seconds, change_seconds } = what_if;
    let (took, difference) = (duration(*duration_seconds), change(*change_seconds));
    format!("if {name} took {factor} times as long: {took} ({difference})")
}
