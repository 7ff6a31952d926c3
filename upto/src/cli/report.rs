//! `upto pulse`, `cancel` and `log`: what is said of services.

use std::str::FromStr;

use clap::Args;
use upto::wire::{Kind, Message, Status, Value};

use super::destination::{DestinationArguments, Environment};
use super::failure::Failure;
use super::{mark, seconds};

/// Say that a service lives, and when it will say so again
///
/// When it does not, the server tells whoever is to be told. Waits for the server only with --http.
#[derive(Debug, Args)]
pub(super) struct PulseArguments {
    /// The service: any name, of at most 256 bytes
    service: String,
    #[command(flatten)]
    promise: PromiseArguments,
    /// What the service says of itself
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// The service has failed: whoever is to be told is told at once
    #[arg(long)]
    failed: bool,
    /// Which of several runs of the service this is; each is watched
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Who is told when it is dead, such as mail:ops@example.org [default: those that the server's rules name]
    #[arg(long, value_name = "TYPE:TARGET")]
    tell: Option<Target>,
    #[command(flatten)]
    destination: DestinationArguments,
}

/// Until when a service promises to pulse again.
#[derive(Clone, Debug, Args)]
struct PromiseArguments {
    /// The next pulse comes within this time: seconds, or as 60s, 5m, 1h 30m, 2d
    #[arg(long, value_name = "TIME", value_parser = seconds::above_zero, allow_negative_numbers = true)]
    next: f64,
    /// It may be so much later than that before the service is dead
    #[arg(long, value_name = "TIME", value_parser = seconds::from_zero, default_value = "0", allow_negative_numbers = true)]
    grace: f64,
}

/// Say that a service will not pulse any more, and that nobody is to be told
#[derive(Debug, Args)]
pub(super) struct CancelArguments {
    /// The service
    service: String,
    /// Which of its runs
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    #[command(flatten)]
    destination: DestinationArguments,
}

/// Add a line to the server's journal
#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// The service that says it
    service: String,
    /// What it says
    message: String,
    /// How grave it is; what numbers mean is up to their readers, who ask for "at least"
    #[arg(long, value_name = "NUMBER", default_value_t = 0, allow_negative_numbers = true)]
    level: i32,
    /// Somebody has to be told
    #[arg(long)]
    alert: bool,
    #[command(flatten)]
    destination: DestinationArguments,
}

/// A way to tell somebody, and whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    kind: String,
    target: String,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').filter(|(kind, target)| !kind.is_empty() && !target.is_empty());
        let (kind, target) = parts.ok_or("expected TYPE:TARGET, such as mail:ops@example.org")?;
        Ok(Target { kind: kind.to_owned(), target: target.to_owned() })
    }
}

/// What a service says when it pulses.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pulse<'a> {
    pub(super) service: &'a str,
    /// Seconds.
    pub(super) next: f64,
    /// Seconds.
    pub(super) grace: f64,
    pub(super) run: &'a str,
    pub(super) text: &'a str,
    pub(super) tell: Option<&'a Target>,
    pub(super) has_failed: bool,
}

impl Pulse<'_> {
    /// The pulse as a message.
    ///
    /// # Errors
    /// It is none, or too long.
    pub(super) fn encode(&self) -> Result<Vec<u8>, Failure> {
        let mut attributes = vec![("next", Value::Float(self.next))];
        attributes.extend((self.grace > 0.0).then_some(("grace", Value::Float(self.grace))));
        attributes.extend((!self.run.is_empty()).then_some(("run", Value::Text(self.run))));
        if let Some(Target { kind, target }) = self.tell {
            attributes.extend([("alert_type", Value::Text(kind)), ("alert_target", Value::Text(target))]);
        }
        let status = if self.has_failed { Status::Failed } else { Status::Ok };
        let message = Message { status, text: self.text, ..message(Kind::Pulse, self.service) };
        mark::encode_values(&message, &attributes)
    }
}

fn message(kind: Kind, service: &str) -> Message<'_> {
    Message { kind, name: service, ..Message::default() }
}

/// Pulses once.
pub(super) fn pulse(arguments: &PulseArguments) -> Result<(), Failure> {
    let PulseArguments { service, promise, message, failed, run, tell, destination } = arguments;
    let pulse = Pulse {
        service,
        next: promise.next,
        grace: promise.grace,
        run: run.as_deref().unwrap_or_default(),
        text: message.as_deref().unwrap_or_default(),
        tell: tell.as_ref(),
        has_failed: *failed,
    };
    deliver(destination, pulse.encode()?)
}

/// Says that no more pulses come.
pub(super) fn cancel(arguments: &CancelArguments) -> Result<(), Failure> {
    let run = arguments.run.as_deref().map(|run| ("run", Value::Text(run)));
    let attributes: Vec<_> = run.into_iter().collect();
    deliver(
        &arguments.destination,
        mark::encode_values(&message(Kind::Cancel, &arguments.service), &attributes)?,
    )
}

/// Adds a line to the journal.
pub(super) fn log(arguments: &LogArguments) -> Result<(), Failure> {
    let mut attributes = vec![("level", Value::Int(i64::from(arguments.level)))];
    attributes.extend(arguments.alert.then_some(("alert", Value::Bool(true))));
    let line = Message { text: &arguments.message, ..message(Kind::Log, &arguments.service) };
    deliver(&arguments.destination, mark::encode_values(&line, &attributes)?)
}

fn deliver(destination: &DestinationArguments, message: Vec<u8>) -> Result<(), Failure> {
    destination.delivery(&Environment::of_system()?)?.deliver(&[message]).map(drop)
}

#[cfg(test)]
mod tests {
    use upto::wire::Decoder;

    use super::*;

    #[test]
    fn a_pulse_says_what_is_known_and_no_more() {
        let target = "mail:a:b@example.org".parse().expect("a target");
        let pulse = Pulse { service: "s", next: 60.0, tell: Some(&target), ..Pulse::default() };
        let bytes = pulse.encode().expect("a message");
        let mut decoder = Decoder::new();
        let batch = decoder.decode(&bytes).expect("a message");
        let message = &batch.reports[0];
        assert_eq!((message.kind, message.name, message.status), (Kind::Pulse, "s", Status::Ok));
        let expected = [
            ("next", Value::Float(60.0)),
            ("alert_type", Value::Text("mail")),
            ("alert_target", Value::Text("a:b@example.org")),
        ];
        assert_eq!(batch.attributes_of(message), expected);
    }

    #[test]
    fn who_is_told_has_a_type_and_an_address() {
        for text in ["", "mail", "mail:", ":a@example.org"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
