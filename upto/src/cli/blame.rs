//! `upto blame`: which rows of a timeline took most of its time.

use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::api::{Api, ServerArguments, Timeline};
use super::failure::Failure;
use super::output;
use super::render::{duration, headline, table};

/// Say which rows of a timeline took most of its time
///
/// By default by the time that they took themselves, without what is below them: these times add up to the whole.
#[derive(Debug, Args)]
pub(super) struct BlameArguments {
    /// The collection of timelines
    context: String,
    /// The timeline [default: the newest one]
    timeline: Option<String>,
    /// What counts: the time without what is below, with it, or how much shorter the whole would be without the row
    #[arg(long, value_enum, default_value_t = By::SelfTime)]
    by: By,
    /// Tell at most so many rows
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print what the server says, as a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// What rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    #[value(name = "self")]
    SelfTime,
    Total,
    Drag,
}

#[derive(Deserialize)]
struct Blame {
    idle_seconds: f64,
    slowest: Vec<Slow>,
    others: Others,
}

#[derive(Deserialize)]
struct Slow {
    name: String,
    events: u64,
    self_seconds: f64,
    self_share: f64,
    total_seconds: f64,
    drag_seconds: Option<f64>,
}

#[derive(Deserialize)]
struct Others {
    count: u64,
    self_seconds: f64,
    self_share: f64,
    total_seconds: f64,
    drag_seconds: Option<f64>,
}

/// Tells the rows.
pub(super) fn blame(arguments: &BlameArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let timeline = api.find(&arguments.context, arguments.timeline.as_deref())?;
    let (by, limit) = (arguments.by.name(), arguments.limit.to_string());
    let said = api.ask(&timeline.links, "blame", &[("by", by), ("limit", &limit)])?;
    if arguments.json {
        return output::json(&api.parse::<Box<RawValue>>(&said)?);
    }
    output::lines(lines(&timeline, &api.parse(&said)?))
}

impl By {
    fn name(self) -> &'static str {
        match self {
            By::SelfTime => "self",
            By::Total => "total",
            By::Drag => "drag",
        }
    }
}

fn lines(timeline: &Timeline, blame: &Blame) -> Vec<String> {
    let mut rows: Vec<_> = blame.slowest.iter().map(row).collect();
    if blame.others.count > 0 {
        rows.push(others(&blame.others));
    }
    if blame.idle_seconds > 0.0 {
        let [idle, nothing] = [duration(blame.idle_seconds), String::new()];
        rows.push([idle, nothing.clone(), nothing.clone(), nothing.clone(), nothing, "(nothing ran)".into()]);
    }
    let head = ["SELF", "SHARE", "TOTAL", "DRAG", "EVENTS", "ROW"];
    std::iter::once(headline(timeline)).chain(table(head, &rows)).collect()
}

fn row(slow: &Slow) -> [String; 6] {
    [
        duration(slow.self_seconds),
        share(slow.self_share),
        duration(slow.total_seconds),
        drag(slow.drag_seconds),
        slow.events.to_string(),
        slow.name.clone(),
    ]
}

fn others(others: &Others) -> [String; 6] {
    [
        duration(others.self_seconds),
        share(others.self_share),
        duration(others.total_seconds),
        drag(others.drag_seconds),
        String::new(),
        format!("({} others)", others.count),
    ]
}

fn share(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

fn drag(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), duration)
}
