//! `upto watch`: a timeline while it happens.

mod feed;
mod lines;
mod painter;
mod screen;

use std::sync::Arc;

use clap::Args;

use self::feed::Feed;
use super::api::{Api, ServerArguments};
use super::failure::Failure;
use super::terminal::Terminal;

/// Follow a timeline while it happens
///
/// Fills the terminal until q is pressed; where the output is none, writes a line for each start, end and event.
#[derive(Debug, Args)]
pub(super) struct WatchArguments {
    /// The collection of timelines
    context: String,
    /// The timeline [default: the newest one, and those that are opened later]
    timeline: Option<String>,
    /// Write lines, as if the output were not a terminal
    #[arg(long)]
    lines: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// Follows a timeline until somebody ends it.
pub(super) fn watch(arguments: &WatchArguments) -> Result<(), Failure> {
    let api = Arc::new(Api::connect(&arguments.server)?);
    let context = api.context(&arguments.context)?;
    let feed = Feed::start(api.clone(), &context, arguments.timeline.as_deref())?;
    if Terminal::of_output().is_interactive && !arguments.lines {
        screen::watch(api, feed)
    } else {
        lines::watch(&api, feed)
    }
}
