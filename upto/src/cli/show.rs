//! `upto show`: a timeline as a tree with bars.

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::api::{Api, ServerArguments, Timeline};
use super::failure::Failure;
use super::output;
use super::render::{Picture, headline, rows};
use super::terminal::{Colour, Terminal};

/// Show a timeline as a tree with bars
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// The collection of timelines
    context: String,
    /// The timeline [default: the newest one]
    timeline: Option<String>,
    /// Show only the upper levels of the tree
    #[arg(long, value_name = "LEVELS", value_parser = clap::value_parser!(u16).range(1..))]
    depth: Option<u16>,
    /// Show times as they were sent, without correcting clocks
    #[arg(long)]
    raw: bool,
    /// Print what the server says, as a JSON object: "timeline" and its "tree"
    #[arg(long, conflicts_with = "depth")]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// What `--json` prints. The tree stays as it came, however deep it is.
#[derive(Serialize)]
struct Said {
    timeline: Value,
    tree: Box<RawValue>,
}

/// Shows a timeline.
pub(super) fn show(arguments: &ShowArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let context = api.context(&arguments.context)?;
    let found = api.timeline(&context, arguments.timeline.as_deref())?;
    let (said, timeline) = times(&api, found, arguments.raw)?;
    let tree = api.follow(&timeline.links, "tree")?;
    if arguments.json {
        return output::json(&Said { timeline: said, tree: api.parse(&tree)? });
    }
    let rows =
        rows(&tree, arguments.depth.map(usize::from)).map_err(|error| api.strange(&error.to_string()))?;
    let picture = Picture::new(&timeline, rows);
    print(&timeline, &picture, &Terminal::of_output())
}

/// The timeline with the times that are wanted: as the server says, and as it is read.
fn times(api: &Api, said: Value, raw: bool) -> Result<(Value, Timeline), Failure> {
    let timeline: Timeline = api.typed(said.clone())?;
    // Without the link, its times are raw already.
    if !raw || timeline.links.href("raw").is_none() {
        return Ok((said, timeline));
    }
    let said: Value = api.get(&timeline.links, "raw")?;
    Ok((said.clone(), api.typed(said)?))
}

fn print(timeline: &Timeline, picture: &Picture, terminal: &Terminal) -> Result<(), Failure> {
    let mut text = terminal.paint(Colour::Bold, &headline(timeline)) + "\n";
    for line in picture.lines(terminal) {
        text.push_str(&line);
        text.push('\n');
    }
    output::text(&text)
}
