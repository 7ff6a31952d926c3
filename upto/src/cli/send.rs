//! `upto new`, `start`, `end` and `event`: one message each, as the original client sends it.

use std::time::SystemTime;

use clap::{Args, ValueEnum};
use upto::wire::{Kind, Message, Status};

use super::attribute::Attribute;
use super::destination::{DestinationArguments, Environment, HostArguments};
use super::failure::{Failure, tell};
use super::{mark, output};

/// Open a new timeline, which becomes the active one of its context
///
/// With --http, prints its name.
#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// The collection of timelines
    context: String,
    /// Ignored: the original client takes one here, too
    #[arg(hide = true)]
    event: Option<String>,
    /// The timeline's name [default: the server names it by its time]
    #[arg(long, value_name = "NAME")]
    timeline: Option<String>,
    #[command(flatten)]
    destination: DestinationArguments,
    /// Ignored here.
    #[command(flatten)]
    _host: HostArguments,
}

/// Say that an event starts, or that something happens, at this instant
#[derive(Debug, Args)]
pub(super) struct MarkArguments {
    /// The collection of timelines
    context: String,
    /// The event's path: its ancestors and its name, separated by dots
    event: String,
    #[command(flatten)]
    details: DetailArguments,
    #[command(flatten)]
    host: HostArguments,
    #[command(flatten)]
    destination: DestinationArguments,
}

/// Say that an event ends
///
/// Without an id, it is the event of the same context, path and host that was started last.
#[derive(Debug, Args)]
pub(super) struct EndArguments {
    /// How the event ended, if not well
    #[arg(long, value_name = "STATUS")]
    status: Option<StatusArgument>,
    #[command(flatten)]
    mark: MarkArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatusArgument {
    Failed,
    Cancelled,
}

/// What the original client does not know. Old servers ignore it.
#[derive(Clone, Debug, Default, Args)]
struct DetailArguments {
    /// The timeline [default: UPTO_TIMELINE if UPTO_CONTEXT is the context, else where the event is open or the newest]
    #[arg(long, value_name = "NAME")]
    timeline: Option<String>,
    /// Tells events of the same path and host apart; a number from 1
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    id: Option<u64>,
    /// An attribute; may be given several times
    #[arg(long = "attr", value_name = "KEY=VALUE")]
    attributes: Vec<Attribute>,
    /// A text for people, such as why it failed
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
}

/// Opens a timeline; prints its name if the server tells.
pub(super) fn new(arguments: &NewArguments) -> Result<(), Failure> {
    if arguments.event.is_some() {
        tell("`new` takes no event; --timeline NAME names the timeline");
    }
    let delivery = arguments.destination.delivery(&Environment::of_system()?)?;
    let timeline = arguments.timeline.as_deref().unwrap_or_default();
    let message = Message { kind: Kind::New, context: &arguments.context, timeline, ..Message::default() };
    let opened = delivery.deliver(&[mark::encode(&message, &[])?])?;
    output::lines(opened.iter().take(1))
}

/// Says that an event starts now.
pub(super) fn start(arguments: &MarkArguments) -> Result<(), Failure> {
    send(Kind::Start, arguments, Status::Ok)
}

/// Says that an event ends now.
pub(super) fn end(arguments: &EndArguments) -> Result<(), Failure> {
    let status = match arguments.status {
        None => Status::Ok,
        Some(StatusArgument::Failed) => Status::Failed,
        Some(StatusArgument::Cancelled) => Status::Cancelled,
    };
    send(Kind::End, &arguments.mark, status)
}

/// Says that something happened now.
pub(super) fn event(arguments: &MarkArguments) -> Result<(), Failure> {
    send(Kind::Point, arguments, Status::Ok)
}

fn send(kind: Kind, arguments: &MarkArguments, status: Status) -> Result<(), Failure> {
    let time = mark::nanoseconds(SystemTime::now());
    let environment = Environment::of_system()?;
    let delivery = arguments.destination.delivery(&environment)?;
    let details = &arguments.details;
    let message = Message {
        kind,
        context: &arguments.context,
        name: &arguments.event,
        timeline: details.timeline.as_deref().unwrap_or(environment.place_in(&arguments.context).0),
        host: &arguments.host.host(&environment),
        auto_ip: arguments.host.auto_ip,
        id: details.id.unwrap_or_default(),
        time: Some(time),
        status,
        text: details.message.as_deref().unwrap_or_default(),
        ..Message::default()
    };
    delivery.deliver(&[mark::encode(&message, &details.attributes)?]).map(drop)
}
