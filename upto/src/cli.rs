//! The command: tells a server what scripts and programs are up to, and shows what it knows.
//!
//! Raw `arguments` become those of one operation. The operations that tell (`send`, `run`, `report`) make a `mark` of them and
//! give it to `delivery`; those that ask (all others) read the server's resources through
//! `api`, and `render` them. What can go wrong is a `Failure`; what others wrote passes `text` before a terminal
//! sees it.

mod api;
mod arguments;
mod attribute;
mod blame;
mod clusters;
mod compare;
mod completions;
mod contexts;
mod critical_path;
mod delivery;
mod destination;
mod export;
mod failure;
mod fleet;
mod gate;
mod manual;
mod mark;
mod output;
mod ping;
mod progress;
mod render;
mod report;
mod run;
mod seconds;
mod send;
mod show;
mod terminal;
mod text;
mod timelines;
mod watch;

use std::process::ExitCode;

use self::arguments::Operation;
use self::failure::Failure;

/// Does what the command line says.
pub(crate) fn main() -> ExitCode {
    let operation = match arguments::parse(std::env::args_os().collect()) {
        Ok(operation) => operation,
        Err(refusal) => return refusal.tell(),
    };
    match operation {
        Operation::New(arguments) => ended(send::new(&arguments)),
        Operation::Start(arguments) => ended(send::start(&arguments)),
        Operation::End(arguments) => ended(send::end(&arguments)),
        Operation::Event(arguments) => ended(send::event(&arguments)),
        Operation::Run(arguments) => run::run(&arguments),
        Operation::Pulse(arguments) => ended(report::pulse(&arguments)),
        Operation::Cancel(arguments) => ended(report::cancel(&arguments)),
        Operation::Log(arguments) => ended(report::log(&arguments)),
        Operation::Ping(arguments) => exit(ping::ping(&arguments)),
        Operation::Clusters(arguments) => ended(clusters::clusters(&arguments)),
        Operation::Contexts(arguments) => ended(contexts::contexts(&arguments)),
        Operation::Timelines(arguments) => ended(timelines::timelines(&arguments)),
        Operation::Show(arguments) => ended(show::show(&arguments)),
        Operation::Watch(arguments) => ended(watch::watch(&arguments)),
        Operation::Compare(arguments) => ended(compare::compare(&arguments)),
        Operation::Blame(arguments) => ended(blame::blame(&arguments)),
        Operation::CriticalPath(arguments) => ended(critical_path::critical_path(&arguments)),
        Operation::Export(arguments) => ended(export::export(&arguments)),
        Operation::Gate(arguments) => exit(gate::gate(&arguments)),
        Operation::Fleet(arguments) => ended(fleet::fleet(&arguments)),
        Operation::Completions(arguments) => ended(completions::completions(&arguments)),
        Operation::Man(arguments) => ended(manual::manual(&arguments)),
    }
}

fn ended(result: Result<(), Failure>) -> ExitCode {
    exit(result.map(|()| ExitCode::SUCCESS))
}

fn exit(result: Result<ExitCode, Failure>) -> ExitCode {
    match result {
        Ok(code) => code,
        // Who reads the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::FAILURE
        }
    }
}
