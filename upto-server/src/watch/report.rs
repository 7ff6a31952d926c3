//! What comes as messages of the wire: pulses, cancels and lines for the journal, checked.

use thiserror::Error;
use upto::wire::{Batch, Kind, Message, Status, Value};

use super::heartbeat::{Change, Fault, Key, Pulse, TEXT_BYTES, check_names};
use super::journal::{Entry, EntryFault};

/// What a service says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Change(Key, Change),
    Line { service: String, level: i32, message: String, alert: bool },
}

/// Why a message is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum ReportFault {
    #[error("{0}")]
    Pulse(#[from] Fault),
    #[error("{0}")]
    Entry(#[from] EntryFault),
    #[error("the attribute {0} is of another type")]
    Type(&'static str),
}

impl ReportFault {
    /// The reason as a label for counters.
    pub(crate) fn label(self) -> &'static str {
        match self {
            ReportFault::Pulse(_) => "pulse",
            ReportFault::Entry(_) => "log",
            ReportFault::Type(_) => "report",
        }
    }
}

impl Report {
    /// The kind of message that it came as.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Report::Change(_, Change::Cancel) => Kind::Cancel,
            Report::Change(..) => Kind::Pulse,
            Report::Line { .. } => Kind::Log,
        }
    }

    /// Bytes that it adds to the journal, about.
    pub(super) fn line_bytes(&self) -> usize {
        match self {
            Report::Change(..) => 0,
            Report::Line { service, message, .. } => Entry::bytes_of(service, message),
        }
    }

    /// Reads a message, which is one of the batch's reports.
    ///
    /// # Errors
    /// What is wrong first.
    pub(crate) fn of(message: &Message<'_>, batch: &Batch<'_>) -> Result<Self, ReportFault> {
        let said = Said { attributes: batch.attributes_of(message) };
        match message.kind {
            Kind::Log => said.line(message),
            Kind::Cancel => Ok(Report::Change(said.key(message)?, Change::Cancel)),
            _ if message.status == Status::Failed => said.failure(message),
            _ => Ok(Report::Change(said.key(message)?, Change::Pulse(Some(said.pulse(message)?)))),
        }
    }
}

/// The attributes of a report.
struct Said<'a> {
    attributes: &'a [(&'a str, Value<'a>)],
}

impl<'a> Said<'a> {
    fn value(&self, key: &str) -> Option<Value<'a>> {
        self.attributes.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    fn text(&self, key: &'static str) -> Result<&'a str, ReportFault> {
        match self.value(key) {
            None => Ok(""),
            Some(Value::Text(text)) => Ok(text),
            Some(_) => Err(ReportFault::Type(key)),
        }
    }

    fn number(&self, key: &'static str) -> Result<Option<f64>, ReportFault> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number as f64)),
            Some(Value::Uint(number)) => Ok(Some(number as f64)),
            Some(Value::Float(number)) => Ok(Some(number)),
            Some(_) => Err(ReportFault::Type(key)),
        }
    }

    fn key(&self, message: &Message<'_>) -> Result<Key, ReportFault> {
        let run = self.text("run")?;
        check_names(message.name, run)?;
        Ok(Key::new(message.name, run))
    }

    fn pulse(&self, message: &Message<'_>) -> Result<Pulse, ReportFault> {
        let next = self.number("next")?.ok_or(Fault::NoNext)?;
        let pulse = Pulse::new(next, self.number("grace")?)?;
        Ok(pulse.saying(self.text("alert_type")?, self.text("alert_target")?, message.text)?)
    }

    /// When it pulses next is of no account: it is dead until it does.
    fn failure(&self, message: &Message<'_>) -> Result<Report, ReportFault> {
        let key = self.key(message)?;
        if self.value("next").is_some() {
            self.pulse(message)?;
        }
        if message.text.len() > TEXT_BYTES {
            return Err(Fault::LongText.into());
        }
        Ok(Report::Change(key, Change::Fail(message.text.to_owned())))
    }

    fn line(&self, message: &Message<'_>) -> Result<Report, ReportFault> {
        Entry::check(message.name, message.text)?;
        let level = match self.value("level") {
            None => 0,
            Some(Value::Int(level)) => i32::try_from(level).map_err(|_| ReportFault::Type("level"))?,
            Some(_) => return Err(ReportFault::Type("level")),
        };
        let alert = match self.value("alert") {
            None => false,
            Some(Value::Bool(alert)) => alert,
            Some(_) => return Err(ReportFault::Type("alert")),
        };
        let (service, message) = (message.name.to_owned(), message.text.to_owned());
        Ok(Report::Line { service, level, message, alert })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(
        kind: Kind,
        name: &str,
        text: &str,
        attributes: &[(&str, Value<'_>)],
    ) -> Result<Report, ReportFault> {
        let range = 0..u32::try_from(attributes.len()).expect("few");
        let message = Message { kind, name, text, attributes: range, ..Message::default() };
        let batch = Batch { attributes: attributes.to_vec(), ..Batch::default() };
        Report::of(&message, &batch)
    }

    #[test]
    fn a_pulse_says_when_the_next_one_comes() {
        let said = [("next", Value::Int(60)), ("grace", Value::Float(0.5)), ("run", Value::Text("7"))];
        let Ok(Report::Change(key, Change::Pulse(Some(pulse)))) = report(Kind::Pulse, "s", "fine", &said)
        else {
            panic!("a pulse")
        };
        assert_eq!((key, pulse.next, pulse.grace), (Key::new("s", "7"), 60_000_000_000, 500_000_000));
        assert_eq!(pulse.text, "fine");
    }

    #[test]
    fn a_pulse_that_failed_is_a_failure() {
        let said = [("next", Value::Int(60)), ("run", Value::Text("7"))];
        for (attributes, run) in [(&said[..], "7"), (&[], "")] {
            let message = Message {
                kind: Kind::Pulse,
                name: "s",
                text: "exit 3",
                status: Status::Failed,
                attributes: 0..u32::try_from(attributes.len()).expect("few"),
                ..Message::default()
            };
            let batch = Batch { attributes: attributes.to_vec(), ..Batch::default() };
            let failure = Report::Change(Key::new("s", run), Change::Fail("exit 3".into()));
            assert_eq!(Report::of(&message, &batch), Ok(failure));
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (kind, attributes, fault) in [
            (Kind::Pulse, vec![], ReportFault::Pulse(Fault::NoNext)),
            (Kind::Pulse, vec![("next", Value::Text("60"))], ReportFault::Type("next")),
            (Kind::Pulse, vec![("next", Value::Float(f64::NAN))], ReportFault::Pulse(Fault::Next)),
            (Kind::Cancel, vec![("run", Value::Int(1))], ReportFault::Type("run")),
            (Kind::Log, vec![("level", Value::Int(1 << 40))], ReportFault::Type("level")),
            (Kind::Log, vec![("alert", Value::Int(1))], ReportFault::Type("alert")),
        ] {
            assert_eq!(report(kind, "s", "text", &attributes), Err(fault), "{attributes:?}");
        }
        assert_eq!(report(Kind::Log, "s", "", &[]), Err(ReportFault::Entry(EntryFault::NoMessage)));
    }

    #[test]
    fn a_line_is_read() {
        let said = [("level", Value::Int(-3)), ("alert", Value::Bool(true))];
        let line = Report::Line { service: "s".into(), level: -3, message: "\"x\"; y\n".into(), alert: true };
        assert_eq!(report(Kind::Log, "s", "\"x\"; y\n", &said), Ok(line));
    }
}
