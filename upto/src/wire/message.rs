//! What a sender says: one [`Message`], or a [`Batch`] of them from one datagram.

use std::cmp::Ordering;
use std::ops::Range;
use std::time::Duration;

use super::error::Reason;
use super::limits;

/// What a message tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An event begins.
    #[default]
    Start,
    /// An event ends.
    End,
    /// An event without duration.
    Point,
    /// A new timeline begins, and becomes the active one of its context.
    New,
    /// A service is alive and says until when it will say so again: no mark of a timeline.
    Pulse,
    /// A service will not pulse any more: no mark either.
    Cancel,
    /// A line for the journal: no mark either.
    Log,
}

impl Kind {
    const ALL: [Self; 7] =
        [Kind::Start, Kind::End, Kind::Point, Kind::New, Kind::Pulse, Kind::Cancel, Kind::Log];

    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Kind::Start => 0,
            Kind::End => 1,
            Kind::Point => 2,
            Kind::New => 3,
            Kind::Pulse => 4,
            Kind::Cancel => 5,
            Kind::Log => 6,
        }
    }

    /// The kind with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| u64::from(kind.number()) == number)
    }

    /// The word that single messages and JSON have for it; a point's is `event`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Start => "start",
            Kind::End => "end",
            Kind::Point => "event",
            Kind::New => "new",
            Kind::Pulse => "pulse",
            Kind::Cancel => "cancel",
            Kind::Log => "log",
        }
    }

    /// The kind with this word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether this is of a service and not of a timeline: it needs no context.
    #[must_use]
    pub fn is_report(self) -> bool {
        matches!(self, Kind::Pulse | Kind::Cancel | Kind::Log)
    }
}

/// How an event ended. Where marks of one event disagree, the greater one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// As it should, or nothing was said.
    #[default]
    Ok,
    /// It was given up before it was done.
    Cancelled,
    /// It failed.
    Failed,
}

impl Status {
    const ALL: [Self; 3] = [Status::Ok, Status::Cancelled, Status::Failed];

    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Status::Ok => 0,
            Status::Cancelled => 1,
            Status::Failed => 2,
        }
    }

    /// The status with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| u64::from(status.number()) == number)
    }

    /// The word that single messages and JSON have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Cancelled => "cancelled",
            Status::Failed => "failed",
        }
    }

    /// The status with this word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// The value of an attribute.
///
/// Values have a total order (by type, then by value; floats by `f64::total_cmp`), which decides
/// between two values of one attribute with the same time.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`. Use [`Value::from`] to get the right one of the two.
    Uint(u64),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(&'a str),
}

impl Value<'_> {
    fn rank(&self) -> u8 {
        match self {
            Value::Bool(_) => 0,
            Value::Int(_) => 1,
            Value::Uint(_) => 2,
            Value::Float(_) => 3,
            Value::Text(_) => 4,
        }
    }
}

impl Ord for Value<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
            (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value<'_> {}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Value::Uint(number), Value::Int)
    }
}

/// One thing that a sender says. Text borrows from where it was read; an empty text means "not given".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message<'a> {
    /// What this message tells.
    pub kind: Kind,
    /// The collection of timelines that it belongs to.
    pub context: &'a str,
    /// The run within the context. Not given: the one where the event is open, else the active one.
    pub timeline: &'a str,
    /// The event's dotted path, or the service of a report; empty only where `kind` is [`Kind::New`].
    pub name: &'a str,
    /// Where the event ran.
    pub host: &'a str,
    /// Tells events of one name and host apart; 0: not given.
    pub id: u64,
    /// The id of the event that this one is part of, where the path does not tell; 0: not given.
    pub parent: u64,
    /// Nanoseconds since the epoch, UTC; `None`: the receiver's clock.
    pub time: Option<i64>,
    /// On an end: when the event began, in nanoseconds since the epoch, if the sender knows. On other
    /// kinds it is carried and says nothing.
    pub started: Option<i64>,
    /// How the event ended.
    pub status: Status,
    /// A text for people: why it failed, mostly.
    pub text: &'a str,
    /// Which ones of [`Batch::attributes`] belong to this message.
    pub attributes: Range<u32>,
    /// The receiver fills in `host` with the address that the datagram came from.
    pub auto_ip: bool,
    /// The sender left out attributes or text for want of room.
    pub truncated: bool,
}

impl Message<'_> {
    /// What a message lacks, or has too much of, to be one, and in which field; attributes are not looked
    /// at. The decoder refuses such a message, the writer of packets does not add it.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, Reason)> {
        let Message { context, timeline, name, host, .. } = self;
        if context.is_empty() && !self.kind.is_report() {
            return Some(("context", Reason::MissingContext));
        }
        if name.is_empty() && self.kind != Kind::New {
            return Some(("name", Reason::MissingName));
        }
        let names = [("context", context), ("timeline", timeline), ("name", name), ("host", host)];
        let too_long = names.into_iter().find(|(_, text)| text.len() > limits::NAME_BYTES);
        too_long.map(|(field, _)| (field, Reason::NameTooLong))
    }
}

/// What a packet tells of the session that sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionInfo {
    /// The session: one run of one sending process.
    pub session: u64,
    /// The packet's number within the session; the first one is 0.
    pub sequence: u64,
    /// When the packet was sent by the sender's clock, in nanoseconds since the epoch.
    pub sent: Option<i64>,
    /// How old the session was then. A receiver that has been running for longer has missed what it has
    /// not received of it; of an older session, another receiver may have had the beginning.
    pub age: Option<Duration>,
    /// How many messages the sender has dropped since the session began.
    pub dropped: u64,
    /// How many packets the session had, this one included; only the last packet tells.
    pub packets: Option<u64>,
    /// How many messages were in the session's packets before this one.
    pub messages_before: Option<u64>,
}

/// The messages of one datagram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch<'a> {
    /// The session, for packets; single messages have none.
    pub session: Option<SessionInfo>,
    /// The messages of timelines in the order of sending.
    pub messages: Vec<Message<'a>>,
    /// Those of services, likewise: see [`Kind::is_report`].
    pub reports: Vec<Message<'a>>,
    /// The attributes of all messages; each message knows its range.
    pub attributes: Vec<(&'a str, Value<'a>)>,
    /// How many records of types that this decoder does not know were left out of a packet.
    pub unknown: u32,
}

impl<'a> Batch<'a> {
    /// Adds a message behind the others of its sort.
    pub fn push(&mut self, message: Message<'a>) {
        if message.kind.is_report() { self.reports.push(message) } else { self.messages.push(message) }
    }

    /// All messages that can be read: those of timelines, then those of services.
    pub fn all(&self) -> impl Iterator<Item = &Message<'a>> {
        self.messages.iter().chain(&self.reports)
    }

    /// How many messages it came with, those that this decoder does not know included.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.messages.len() + self.reports.len()) as u64 + u64::from(self.unknown)
    }

    /// The attributes of one of this batch's messages.
    #[must_use]
    pub fn attributes_of(&self, message: &Message<'_>) -> &[(&'a str, Value<'a>)] {
        let range = message.attributes.start as usize..message.attributes.end as usize;
        self.attributes.get(range).unwrap_or_default()
    }
}
