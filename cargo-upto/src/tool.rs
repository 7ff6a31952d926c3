//! The subcommand `cargo upto`, from the arguments to the exit code.
#![allow(clippy::print_stderr)]

mod arguments;
mod data;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;
use upto_server::timeline::{Event, State};

use self::arguments::{Arguments, Call, Common};
use crate::api::{Api, Timeline};
use crate::cargo::Plan;
use crate::interrupt::Interrupt;
use crate::problem::Problem;
use crate::run::{self, Outcome, print};
use crate::server::Server;
use crate::terminal::Terminal;
use crate::verdict::{self, Units};

/// Earlier runs that a run is compared with.
const EARLIER: usize = 10;
/// Runs that `cargo upto history` lists.
const LISTED: usize = 20;
/// Rows that are named as those that took most.
const ROWS: usize = 8;
/// Causes that are named.
const CAUSES: usize = 5;

pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse_from(arguments::as_typed(std::env::args_os().collect()));
    let done = match arguments.call {
        Call::Build(cargo) => run(&arguments.common, "build", cargo.words),
        Call::Check(cargo) => run(&arguments.common, "check", cargo.words),
        Call::Test(cargo) => run(&arguments.common, "test", cargo.words),
        Call::History { of } => history(&arguments.common, of.name()),
        Call::Serve => serve(&arguments.common),
    };
    done.unwrap_or_else(|problem| {
        eprintln!("cargo upto: {problem}");
        ExitCode::FAILURE
    })
}

/// Runs cargo and reports.
fn run(common: &Common, subcommand: &'static str, words: Vec<OsString>) -> Result<ExitCode, Problem> {
    let plan = Plan::here(subcommand, words)?;
    let workspace = plan.workspace()?;
    let runtime = Runtime::new().map_err(Problem::system("start the server's threads"))?;
    let interrupt = Interrupt::listen(&runtime).map_err(Problem::system("listen to signals"))?;
    let server = Server::known_or_own(&runtime, data::folder(common.data.as_deref(), &workspace)?)?;
    let context = common.context(&workspace, subcommand);
    let done = run_and_report(&context, &plan, &server, &interrupt);
    let stopped = server.stop(&runtime);
    let code = done?;
    stopped?;
    Ok(ExitCode::from(code))
}

fn run_and_report(context: &str, plan: &Plan, server: &Server, interrupt: &Interrupt) -> Result<u8, Problem> {
    let api = Api::connect(server)?;
    let name = std::env::var("UPTO_TIMELINE").unwrap_or_default();
    let timeline = api.open_timeline(context, &name)?;
    let outcome = run::build(plan, server, &timeline, interrupt)?;
    let events = run::arrived(&api, &timeline, &outcome)?;
    print(&report(&api, &timeline, &outcome, &events)?);
    print(&match server.is_own() {
        true => "`cargo upto serve` shows all of it as a page\n".to_owned(),
        false => format!("{}\n", api.page(&timeline)),
    });
    Ok(outcome.exit_code())
}

/// Where the time went, and how that compares.
fn report(api: &Api, timeline: &Timeline, outcome: &Outcome, events: &[Event]) -> Result<String, Problem> {
    let terminal = Terminal::of_output();
    let now = api.again(timeline)?;
    let mut text = verdict::headline(&now, terminal);
    text.push_str(&verdict::failures(events, terminal));
    text.push_str(&verdict::rows(&api.blame(&now, ROWS)?, &outcome.root, terminal));
    let units = Units::of(events, &outcome.root);
    let has_succeeded = events.iter().any(|event| *event.name == *outcome.root && event.state == State::Done);
    if has_succeeded {
        text.push_str(&compared(api, &now, &units, outcome, terminal)?);
    }
    Ok(text)
}

/// How the run compares with those that did the same work. Building anew and building what changed are not alike.
fn compared(
    api: &Api,
    timeline: &Timeline,
    units: &Units,
    outcome: &Outcome,
    terminal: Terminal,
) -> Result<String, Problem> {
    if let Err(problem) = api.note(timeline, &units.note()) {
        return Ok(format!("not compared: {problem}\n"));
    }
    let mut earlier = api.noted(&timeline.context, units.key(), EARLIER + 1)?;
    earlier.retain(|other| other.name != timeline.name);
    earlier.truncate(EARLIER);
    let Some(judged) = verdict::judge(timeline, &earlier) else {
        return Ok(verdict::nothing_like_it(units));
    };
    let causes = match judged.is_slower() {
        true => api.compare(timeline, judged.typical, CAUSES)?.causes,
        false => Vec::new(),
    };
    Ok(verdict::text(&judged, &causes, &outcome.root, terminal))
}

/// Lists the last runs of this workspace.
fn history(common: &Common, subcommand: &str) -> Result<ExitCode, Problem> {
    let workspace = Plan::here("build", Vec::new())?.workspace()?;
    let runtime = Runtime::new().map_err(Problem::system("start the server's threads"))?;
    let server = Server::known_or_own(&runtime, data::folder(common.data.as_deref(), &workspace)?)?;
    let context = common.context(&workspace, subcommand);
    let listed = Api::connect(&server).and_then(|api| api.newest(&context, LISTED));
    let others = (!server.is_own()).then(|| server.url.clone());
    let stopped = server.stop(&runtime);
    print(&verdict::list(&context, &listed?, subcommand, others.as_deref()));
    stopped?;
    Ok(ExitCode::SUCCESS)
}

/// Serves the page with this workspace's runs until Ctrl-C.
fn serve(common: &Common) -> Result<ExitCode, Problem> {
    let workspace = Plan::here("build", Vec::new())?.workspace()?;
    let runtime = Runtime::new().map_err(Problem::system("start the server's threads"))?;
    let interrupt = Interrupt::listen(&runtime).map_err(Problem::system("listen to signals"))?;
    let data = data::folder(common.data.as_deref(), &workspace)?;
    let server = Server::own_in(&runtime, data)?;
    print(&format!("serving {} and udp {} until Ctrl-C\n", server.url, server.udp));
    runtime.block_on(interrupt.wait());
    server.stop(&runtime)?;
    Ok(ExitCode::SUCCESS)
}
