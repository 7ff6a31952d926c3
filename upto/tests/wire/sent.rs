//! Messages that own their texts, and how to make random ones.

use proptest::prelude::*;
use proptest::{collection, option, sample};
use upto::wire::{Batch, Kind, Message, PacketDefaults, Status, Value, encode_single, limits};

/// A message as it was sent or received.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sent {
    pub(crate) kind: Kind,
    pub(crate) context: String,
    pub(crate) timeline: String,
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) id: u64,
    pub(crate) parent: u64,
    pub(crate) time: Option<i64>,
    pub(crate) started: Option<i64>,
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) auto_ip: bool,
    pub(crate) truncated: bool,
    pub(crate) attributes: Vec<(String, Data)>,
}

/// A value that owns its text; floats by their bits, so that NaN equals itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(u64),
    Text(String),
}

impl Data {
    pub(crate) fn of(value: Value<'_>) -> Self {
        match value {
            Value::Bool(value) => Data::Bool(value),
            Value::Int(value) => Data::Int(value),
            Value::Uint(value) => Data::Uint(value),
            Value::Float(value) => Data::Float(value.to_bits()),
            Value::Text(value) => Data::Text(value.to_owned()),
        }
    }

    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Data::Bool(value) => Value::Bool(*value),
            Data::Int(value) => Value::Int(*value),
            Data::Uint(value) => Value::Uint(*value),
            Data::Float(bits) => Value::Float(f64::from_bits(*bits)),
            Data::Text(value) => Value::Text(value),
        }
    }
}

impl Sent {
    pub(crate) fn of(batch: &Batch<'_>, message: &Message<'_>) -> Self {
        let attributes = batch.attributes_of(message);
        Sent {
            kind: message.kind,
            context: message.context.to_owned(),
            timeline: message.timeline.to_owned(),
            name: message.name.to_owned(),
            host: message.host.to_owned(),
            id: message.id,
            parent: message.parent,
            time: message.time,
            started: message.started,
            status: message.status,
            text: message.text.to_owned(),
            auto_ip: message.auto_ip,
            truncated: message.truncated,
            attributes: attributes.iter().map(|(key, value)| ((*key).to_owned(), Data::of(*value))).collect(),
        }
    }

    pub(crate) fn all_of(batch: &Batch<'_>) -> Vec<Self> {
        batch.messages.iter().chain(&batch.reports).map(|message| Sent::of(batch, message)).collect()
    }

    pub(crate) fn message(&self) -> Message<'_> {
        Message {
            kind: self.kind,
            context: &self.context,
            timeline: &self.timeline,
            name: &self.name,
            host: &self.host,
            id: self.id,
            parent: self.parent,
            time: self.time,
            started: self.started,
            status: self.status,
            text: &self.text,
            attributes: 0..0,
            auto_ip: self.auto_ip,
            truncated: self.truncated,
        }
    }

    pub(crate) fn attributes(&self) -> Vec<(&str, Value<'_>)> {
        self.attributes.iter().map(|(key, value)| (key.as_str(), value.value())).collect()
    }

    pub(crate) fn single(&self) -> Vec<u8> {
        let mut datagram = Vec::new();
        encode_single(&self.message(), &self.attributes(), &mut datagram);
        datagram
    }
}

/// Any message that has no fault. Names repeat, sizes differ widely.
pub(crate) fn message() -> impl Strategy<Value = Sent> {
    let names = (kind(), name(), prop_oneof![Just(String::new()), name()], name(), host());
    let numbers = (number(), number(), option::of(time()), option::of(time()));
    let rest = (status(), text(), any::<bool>(), prop::bool::weighted(0.1), attributes());
    (names, numbers, rest).prop_map(|(names, numbers, rest)| {
        let (kind, context, timeline, name, host) = names;
        let (id, parent, time, started) = numbers;
        let (status, text, auto_ip, truncated, attributes) = rest;
        let name = if kind == Kind::New { String::new() } else { name };
        Sent {
            kind,
            context,
            timeline,
            name,
            host,
            id,
            parent,
            time,
            started,
            status,
            text,
            auto_ip,
            truncated,
            attributes,
        }
    })
}

/// Defaults that some of the messages of [`message`] share.
pub(crate) fn defaults() -> impl Strategy<Value = PacketDefaults> {
    let names = (prop_oneof![Just(String::new()), name()], prop_oneof![Just(String::new()), name()], host());
    (names, number(), any::<bool>()).prop_map(|((context, timeline, host), id_base, auto_ip)| {
        PacketDefaults { context, timeline, host, id_base, auto_ip }
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    sample::select(vec![Kind::Start, Kind::End, Kind::Point, Kind::New])
}

fn status() -> impl Strategy<Value = Status> {
    sample::select(vec![Status::Ok, Status::Cancelled, Status::Failed])
}

fn name() -> impl Strategy<Value = String> {
    let common = sample::select(vec!["build", "build.compile", "1234", r"a\.b.c"]);
    prop_oneof![
        12 => common.prop_map(str::to_owned),
        4 => "\\PC{1,40}",
        1 => (1..=limits::NAME_BYTES).prop_map(|bytes| "n".repeat(bytes)),
    ]
}

fn host() -> impl Strategy<Value = String> {
    sample::select(vec!["", "", "ci-01", "ci-02", "fe80::1%eth0"]).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0), 2 => 1..300_u64, 1 => any::<u64>()]
}

fn time() -> impl Strategy<Value = i64> {
    const NOW: i64 = 1_795_229_259_123_456_789;
    prop_oneof![8 => NOW..NOW + 60_000_000_000, 1 => any::<i64>(), 1 => sample::select(vec![i64::MIN, -1, 0, i64::MAX])]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(String::new()),
        4 => "\\PC{0,60}",
        1 => (0..2_000_usize).prop_map(|characters| "é".repeat(characters)),
        1 => (0..100_000_usize).prop_map(|bytes| "t".repeat(bytes)),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<(String, Data)>> {
    let some = (attribute_key(), data());
    prop_oneof![
        3 => Just(Vec::new()),
        3 => collection::vec(some, 0..6),
        1 => (0..=limits::ATTRIBUTES).prop_map(many_attributes),
    ]
}

/// Cheaper to make than random ones, of which so many would tell no more.
fn many_attributes(count: usize) -> Vec<(String, Data)> {
    (0..count).map(|number| (format!("key{}", number % 50), Data::Text("v".repeat(number % 40)))).collect()
}

fn attribute_key() -> impl Strategy<Value = String> {
    let common = sample::select(vec!["", "crate", "version", "jobs"]);
    prop_oneof![
        6 => common.prop_map(str::to_owned),
        2 => "\\PC{1,20}",
        1 => (1..=limits::KEY_BYTES).prop_map(|bytes| "k".repeat(bytes)),
    ]
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        any::<bool>().prop_map(Data::Bool),
        any::<i64>().prop_map(Data::Int),
        (-200..200_i64).prop_map(Data::Int),
        (1 << 63..=u64::MAX).prop_map(Data::Uint),
        any::<u64>().prop_map(Data::Float),
        "\\PC{0,30}".prop_map(Data::Text),
        (0..700_usize).prop_map(|bytes| Data::Text("v".repeat(bytes))),
    ]
}
