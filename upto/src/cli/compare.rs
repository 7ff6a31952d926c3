//! `upto compare`: why a timeline took longer, or less time, than another one.

use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::api::{Api, ServerArguments, Timeline};
use super::failure::Failure;
use super::output;
use super::render::{change, duration, percent, table};

/// Say why a timeline took longer, or less time, than another one
#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// The collection of timelines
    context: String,
    /// The earlier timeline [default: the newest one before in which everything went well]
    base: Option<String>,
    /// The later timeline [default: the newest one]
    head: Option<String>,
    /// Tell at most so many causes, those of the greatest effect
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print what the server says, as a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// Why it took another time.
#[derive(Debug, Deserialize)]
pub(super) struct Comparison {
    with: String,
    #[serde(default)]
    estimated: bool,
    before_seconds: f64,
    after_seconds: f64,
    difference_seconds: f64,
    causes: Vec<Cause>,
    other_causes: Others,
}

#[derive(Debug, Deserialize)]
struct Cause {
    kind: String,
    row: Option<String>,
    effect_seconds: f64,
    /// `None`: there is none of it there, as in what is new.
    before: Option<Side>,
    after: Option<Side>,
}

#[derive(Debug, Deserialize)]
struct Side {
    count: u64,
    total_seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Others {
    count: u64,
    effect_seconds: f64,
}

/// Compares two timelines.
pub(super) fn compare(arguments: &CompareArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let head = api.find(&arguments.context, arguments.head.as_deref())?;
    let said = ask(&api, &head, arguments.base.as_deref(), arguments.limit)?;
    if arguments.json {
        return output::json(&api.parse::<Box<RawValue>>(&said)?);
    }
    output::lines(lines(&head, &api.parse(&said)?))
}

/// What the server says of the difference.
///
/// # Errors
/// It does not know it.
pub(super) fn ask(api: &Api, head: &Timeline, base: Option<&str>, limit: u32) -> Result<String, Failure> {
    let limit = limit.to_string();
    let values: Vec<_> = base.map(|base| ("with", base)).into_iter().chain([("limit", &*limit)]).collect();
    api.ask(&head.links, "compare", &values)
}

/// For people: the difference, and what it consists of.
pub(super) fn lines(head: &Timeline, found: &Comparison) -> Vec<String> {
    let Comparison { with, before_seconds: before, after_seconds: after, .. } = found;
    let part = percent(*before, *after).map(|part| format!(" ({part})")).unwrap_or_default();
    let estimated = if found.estimated { ", estimated" } else { "" };
    let difference = change(found.difference_seconds);
    let name = &head.name;
    let mut lines = vec![format!(
        "{}  {with}: {}  {name}: {}  {difference}{part}{estimated}",
        head.context,
        duration(*before),
        duration(*after)
    )];
    if !found.causes.is_empty() {
        let mut rows: Vec<_> = found.causes.iter().map(row).collect();
        rows.extend((found.other_causes.count > 0).then(|| others(&found.other_causes)));
        lines.extend(table(["EFFECT", "WHAT", "ROW", "BEFORE", "AFTER"], &rows));
    }
    lines
}

fn row(cause: &Cause) -> [String; 5] {
    let side = |side: &Option<Side>| match side {
        None => "-".to_owned(),
        Some(Side { count: 0 | 1, total_seconds }) => duration(*total_seconds),
        Some(Side { count, total_seconds }) => format!("{} in {count}", duration(*total_seconds)),
    };
    let row = cause.row.clone().unwrap_or_else(|| "(between all)".to_owned());
    [change(cause.effect_seconds), cause.kind.replace('_', " "), row, side(&cause.before), side(&cause.after)]
}

fn others(others: &Others) -> [String; 5] {
    [
        change(others.effect_seconds),
        format!("{} others", others.count),
        String::new(),
        String::new(),
        String::new(),
    ]
}
