//! `upto timelines`: the runs of a context.

use clap::Args;
use serde_json::Value;

use super::api::{Api, Counts, ServerArguments, Timeline};
use super::failure::{self, Failure};
use super::output;
use super::render::{duration, table};

/// List the timelines of a context, the newest first
#[derive(Debug, Args)]
pub(super) struct TimelinesArguments {
    /// The collection of timelines
    context: String,
    /// List at most so many, the newest
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print what the server says, as a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// Lists the timelines of a context.
pub(super) fn timelines(arguments: &TimelinesArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let context = api.context(&arguments.context)?;
    let items = api.timelines(&context).take(arguments.limit.unwrap_or(usize::MAX));
    let items: Vec<Value> = items.collect::<Result<_, _>>()?;
    if arguments.json {
        return output::json(&items);
    }
    if context.links.href("latest").is_none() {
        failure::tell(&Failure::NoTimelines(context.name.clone()).to_string());
    }
    let timelines: Vec<Timeline> = items.into_iter().map(|item| api.typed(item)).collect::<Result<_, _>>()?;
    let rows: Vec<_> = timelines.iter().map(row).collect();
    output::lines(table(["TIMELINE", "STATE", "DURATION", "EVENTS", "OPEN", "FAILED", "FIRST"], &rows))
}

fn row(timeline: &Timeline) -> [String; 7] {
    let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let count =
        |count: fn(&Counts) -> u64| known(timeline.events.as_ref().map(|events| count(events).to_string()));
    let pin = if timeline.pinned { " (pinned)" } else { "" };
    [
        format!("{}{pin}", timeline.name),
        timeline.state.clone().unwrap_or_else(|| "damaged".to_owned()),
        known(timeline.duration_seconds.map(duration)),
        count(|events| events.total),
        count(|events| events.open),
        count(|events| events.failed),
        known(timeline.first.clone()),
    ]
}
