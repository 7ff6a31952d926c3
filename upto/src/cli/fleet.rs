//! `upto fleet`: hosts and how they are.

use std::thread::sleep;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::api::{Api, Links, ServerArguments};
use super::failure::Failure;
use super::output;
use super::render::fleet::{Check, Host, table};
use super::terminal::Terminal;

/// How often the table is shown.
const PERIOD: Duration = Duration::from_secs(1);
/// To the upper left corner, and nothing below.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";

/// Show the hosts of the fleet, and how each is
#[derive(Debug, Args)]
pub(super) struct FleetArguments {
    /// Print what the server says, as a JSON array
    #[arg(long)]
    json: bool,
    /// Show it again every second, until somebody ends it
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// Shows the hosts.
pub(super) fn fleet(arguments: &FleetArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let links: Links = api.fleet()?;
    let terminal = Terminal::of_output();
    loop {
        if arguments.watch && terminal.is_interactive && !arguments.json {
            output::text(CLEAR)?;
        }
        show(&api, &links, arguments.json, &terminal)?;
        if !arguments.watch {
            return Ok(());
        }
        sleep(PERIOD);
    }
}

fn show(api: &Api, links: &Links, is_json: bool, terminal: &Terminal) -> Result<(), Failure> {
    let hosts: Vec<Value> = api.items(links, "hosts").collect::<Result<_, _>>()?;
    if is_json {
        return output::json(&hosts);
    }
    let hosts: Vec<Host> = hosts.into_iter().map(|host| api.typed(host)).collect::<Result<_, _>>()?;
    let checks: Vec<Check> =
        api.items(links, "checks").map(|check| api.typed(check?)).collect::<Result<_, _>>()?;
    if checks.is_empty() {
        return output::lines(["The server asks no hosts: it is to be started with --fleet."]);
    }
    // The table is harmless, and has colours in it.
    let lines = table(&checks, &hosts, terminal);
    output::text(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}
