//! `upto contexts`: what the server knows.

use clap::Args;
use serde_json::Value;

use super::api::{Api, Context, ServerArguments};
use super::failure::{self, Failure};
use super::output;
use super::render::table;

/// What is said where the server knows nothing, beside the empty list.
const NOTHING_YET: &str = "nothing was told to this server yet: try `upto run --context hello -- sleep 1`";

/// List the contexts that the server knows
#[derive(Debug, Args)]
pub(super) struct ContextsArguments {
    /// Print what the server says, as a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// Lists the contexts.
pub(super) fn contexts(arguments: &ContextsArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let items: Vec<Value> = api.contexts().collect::<Result<_, _>>()?;
    if arguments.json {
        return output::json(&items);
    }
    if items.is_empty() {
        failure::tell(NOTHING_YET);
    }
    let contexts: Vec<Context> = items.into_iter().map(|item| api.typed(item)).collect::<Result<_, _>>()?;
    output::lines(table(
        ["CONTEXT", "TIMELINES", "STATE", "LAST"],
        &contexts.iter().map(row).collect::<Vec<_>>(),
    ))
}

fn row(context: &Context) -> [String; 4] {
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let timelines = context.timelines.map_or_else(|| "-".to_owned(), |count| count.to_string());
    [context.name.clone(), timelines, known(&context.state), known(&context.last)]
}
