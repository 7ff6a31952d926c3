//! The example `build-system`, from the arguments to the exit code: what happens in which order.
#![allow(clippy::print_stderr)]

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;

use crate::api::{Api, Timeline};
use crate::arguments::Arguments;
use crate::cargo::Plan;
use crate::interrupt::Interrupt;
use crate::problem::Problem;
use crate::report::{self, Build};
use crate::run::{self, Outcome, print};
use crate::server::Server;
use crate::terminal::Terminal;

pub(crate) fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|problem| {
        eprintln!("build-system: {problem}");
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode, Problem> {
    let plan = Plan::of(arguments)?;
    let runtime = Runtime::new().map_err(Problem::system("start the server's threads"))?;
    let interrupt = Interrupt::listen(&runtime).map_err(Problem::system("listen to signals"))?;
    let server = Server::find_or_start(&runtime)?;
    let done = build_and_report(arguments, &plan, &server, &interrupt);
    if done.is_ok() && server.is_own() && !arguments.exit && !interrupt.is_told() {
        print(&format!("serving {} and udp {} until Ctrl-C\n", server.url, server.udp));
        runtime.block_on(interrupt.wait());
    }
    let stopped = server.stop(&runtime);
    let code = done?;
    stopped?;
    Ok(ExitCode::from(code))
}

fn build_and_report(
    arguments: &Arguments,
    plan: &Plan,
    server: &Server,
    interrupt: &Interrupt,
) -> Result<u8, Problem> {
    let api = Api::connect(server)?;
    let name = std::env::var("UPTO_TIMELINE").unwrap_or_default();
    let timeline = api.open_timeline(arguments.context(), &name)?;
    let page = api.page(&timeline);
    eprintln!("{} in {}\nlive at {page}", plan.shown(), plan.folder().display());
    let outcome = run::build(plan, server, &timeline, interrupt)?;
    print(&report(&api, &timeline, &outcome)?);
    print(&format!("\n{page}\n"));
    if server.is_own() && arguments.exit {
        print("(kept in ./upto-data: `upto-server`, started in this folder, shows it again)\n");
    }
    Ok(outcome.exit_code())
}

/// What the server has of the build by now, as text.
fn report(api: &Api, timeline: &Timeline, outcome: &Outcome) -> Result<String, Problem> {
    let events = run::arrived(api, timeline, outcome)?;
    let build = Build { timeline: &timeline.name, events: &events, root: &outcome.root };
    let previous = api.previous(timeline)?;
    let earlier = previous.as_ref().map(|previous| api.events(previous)).transpose()?;
    let before = previous.as_ref().zip(earlier.as_ref());
    let before = before.map(|(previous, events)| Build { timeline: &previous.name, events, ..build });
    let terminal = Terminal::of_output();
    let tree = report::timeline(&build, terminal);
    Ok(format!("\n{tree}\n{}", report::difference(before.as_ref(), &build, terminal)))
}
