//! `upto run`: an event around a command, and nothing that the command could notice.

mod ci;
mod courier;
mod event;
mod outcome;
mod passing;
mod place;
mod process;
mod tail;
mod trace;

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Args;
use upto::wire::Status;

use self::courier::Courier;
use self::event::Event;
use self::place::Place;
use super::attribute::Attribute;
use super::destination::{DestinationArguments, Environment, HostArguments};
use super::failure::Failure;
use super::report::Pulse;
use super::seconds;

/// The exit code where what failed is not the command, as `env` has it.
pub(super) const OWN_FAILURE: u8 = 125;
/// How long the command's end may be held up by the server. With what the system takes, it is below 50 ms.
const PATIENCE: Duration = Duration::from_millis(30);
/// The same, where delivery was asked for.
const LONG_PATIENCE: Duration = Duration::from_secs(10);

/// Run a command as an event, and end with its exit code
///
/// The arguments are handed on as they are, without a shell. Standard input, output and error are the command's own. INT,
/// TERM, HUP and QUIT are passed on to it. Ends with 128 + n after signal n, 127 if there is no such program, 126 if it can't be
/// executed, 125 if this was used wrongly. A server that is absent, slow or refusing changes nothing.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The command, with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(super) command: Vec<OsString>,
    /// The collection of timelines [default: UPTO_CONTEXT, else the command's name]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// The event's path, below UPTO_PARENT if there is one [default: the command's name]
    #[arg(long, value_name = "PATH")]
    event: Option<String>,
    /// The timeline [default: UPTO_TIMELINE, else the newest one of the context]
    #[arg(long, value_name = "NAME")]
    timeline: Option<String>,
    /// Open a new timeline for the command
    #[arg(long)]
    new: bool,
    /// Name the timeline by the build that the CI system says this is, and note its address and commit
    #[arg(long)]
    ci: bool,
    /// An attribute; may be given several times
    #[arg(long = "attr", value_name = "KEY=VALUE")]
    attributes: Vec<Attribute>,
    /// Note the last N lines of the output if the command fails; it then writes to pipes, and not to a terminal
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    output_tail: Option<u16>,
    /// Fail with 125 if the command succeeds and the event can't be delivered; waits up to 10 s for that
    #[arg(long)]
    fail: bool,
    #[command(flatten)]
    pulse: PulseArguments,
    #[command(flatten)]
    host: HostArguments,
    #[command(flatten)]
    destination: DestinationArguments,
}

/// A service that this run is one of.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Heartbeat")]
struct PulseArguments {
    /// When the command ends, pulse for this service; if it fails, whoever is to be told is told at once
    #[arg(long = "pulse", value_name = "SERVICE", requires = "next")]
    service: Option<String>,
    /// The next run ends within this time: seconds, or as 60s, 5m, 1h 30m, 2d
    #[arg(long, value_name = "TIME", value_parser = seconds::above_zero, requires = "service")]
    next: Option<f64>,
    /// It may end so much later than that before the service is dead
    #[arg(long, value_name = "TIME", value_parser = seconds::from_zero, requires = "service")]
    grace: Option<f64>,
}

impl PulseArguments {
    /// What is said of the service when the command has ended; `None`: there is none.
    ///
    /// # Errors
    /// That can't be sent.
    fn encode(&self, has_failed: bool, reason: &str) -> Result<Option<Vec<u8>>, Failure> {
        let service = self.service.as_deref().zip(self.next);
        let grace = self.grace.unwrap_or_default();
        let pulse = service.map(|(service, next)| Pulse {
            service,
            next,
            grace,
            text: reason,
            has_failed,
            ..Pulse::default()
        });
        pulse.map(|pulse| pulse.encode()).transpose()
    }
}

/// Runs the command; its exit code.
pub(super) fn run(arguments: &RunArguments) -> ExitCode {
    let Some((program, rest)) = arguments.command.split_first() else { return OWN_FAILURE.into() };
    let mut command = Command::new(program);
    command.args(rest);
    match Told::new(arguments) {
        Ok(told) => told.run(&mut command),
        Err(failure) if arguments.fail => {
            failure.tell();
            OWN_FAILURE.into()
        }
        // What the command does is more important than that somebody is told of it.
        Err(failure) => {
            failure.tell();
            process::run(&mut command, arguments.output_tail).finish().into()
        }
    }
}

/// A run that somebody is told of.
struct Told<'a> {
    arguments: &'a RunArguments,
    event: Event,
    courier: Courier,
    variables: Vec<(&'static str, OsString)>,
}

impl<'a> Told<'a> {
    fn new(arguments: &'a RunArguments) -> Result<Self, Failure> {
        let environment = Environment::of_system()?;
        let place = Place::new(arguments, &environment, |name| std::env::var(name).ok());
        let delivery = arguments.destination.delivery(&environment)?;
        let event = Event::new(place, &environment.settings.traceparent);
        // Says at once what could not be sent later.
        event.check()?;
        arguments.pulse.encode(false, "")?;
        let variables = variables(arguments, &environment, &event);
        Ok(Told { arguments, event, courier: Courier::new(delivery), variables })
    }

    fn run(mut self, command: &mut Command) -> ExitCode {
        command.envs(self.variables.drain(..));
        let running = self.event.start();
        self.courier.start(running.started());
        let ended = process::run(command, self.arguments.output_tail);
        let patience = if self.arguments.fail { LONG_PATIENCE } else { PATIENCE };
        if self.arguments.fail {
            process::let_signals_end();
        }
        let mut messages = running.ended(&ended.outcome);
        let has_failed = ended.outcome.status() != Status::Ok;
        // What can't be encoded has been refused before.
        let pulse = self.arguments.pulse.encode(has_failed, &ended.outcome.reason());
        messages.extend(pulse.ok().flatten());
        let delivered = self.courier.end(messages, patience);
        let code = ended.finish();
        match delivered {
            Err(failure) if self.arguments.fail => {
                failure.tell();
                if code == 0 { OWN_FAILURE.into() } else { code.into() }
            }
            _ => code.into(),
        }
    }
}

/// What the command is told, so that its events are part of this one.
fn variables(
    arguments: &RunArguments,
    environment: &Environment,
    event: &Event,
) -> Vec<(&'static str, OsString)> {
    let place = event.place();
    let settings = &environment.settings;
    let destination = &arguments.destination;
    let mut variables = vec![
        ("UPTO_CONTEXT", place.context.clone().into()),
        ("UPTO_TIMELINE", place.timeline.clone().into()),
        ("UPTO_PARENT", place.path.clone().into()),
        ("TRACEPARENT", event.traceparent().into()),
    ];
    if destination.remote_host.is_some() || destination.remote_port.is_some() {
        let host = destination.remote_host.as_deref().unwrap_or(&settings.server_host);
        let port = destination.remote_port.unwrap_or(settings.server_port);
        let brackets = if host.contains(':') { ("[", "]") } else { ("", "") };
        variables.push(("UPTO_SERVER", format!("{}{host}{}:{port}", brackets.0, brackets.1).into()));
    }
    if let Some(url) = &destination.http {
        variables.push(("UPTO_URL", url.into()));
    }
    if !place.host.is_empty() {
        variables.push(("UPTO_HOST", place.host.clone().into()));
    }
    variables
}
