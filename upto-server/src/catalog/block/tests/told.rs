//! Marks with everything owned, so that proptest can make and shrink them.

use proptest::prelude::*;
use upto::wire::{Status, Value};

use super::super::reader::Entry;
use crate::timeline::{AttributeValue, Mark, MarkKind};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) kind: MarkKind,
    pub(super) name: String,
    pub(super) host: String,
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) time: i64,
    pub(super) started: Option<i64>,
    pub(super) status: Status,
    pub(super) text: String,
    pub(super) attributes: Vec<(String, AttributeValue)>,
    pub(super) truncated: bool,
}

impl Default for Told {
    fn default() -> Self {
        Told {
            kind: MarkKind::Point,
            name: "n".to_owned(),
            host: String::new(),
            id: 0,
            parent: 0,
            time: 0,
            started: None,
            status: Status::Ok,
            text: String::new(),
            attributes: Vec::new(),
            truncated: false,
        }
    }
}

impl Told {
    pub(super) fn attributes(&self) -> Vec<(&str, Value<'_>)> {
        self.attributes.iter().map(|(key, value)| (key.as_str(), value.as_value())).collect()
    }

    /// With the attributes from [`attributes`](Self::attributes).
    pub(super) fn mark<'a>(&'a self, attributes: &'a [(&'a str, Value<'a>)]) -> Mark<'a> {
        let Told { kind, id, parent, time, started, status, truncated, .. } = *self;
        let (name, host, text) = (&*self.name, &*self.host, &*self.text);
        Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated }
    }

    pub(super) fn of<'a>(
        entry: &Entry<'_>,
        name: &str,
        host: &str,
        attributes: impl Iterator<Item = (&'a str, Value<'a>)>,
    ) -> Self {
        let Entry { kind, id, parent, time, started, status, truncated, text, .. } = *entry;
        let attributes = attributes.map(|(key, value)| (key.to_owned(), value.into())).collect();
        let (name, host, text) = (name.to_owned(), host.to_owned(), text.to_owned());
        Told { kind, name, host, id, parent, time, started, status, text, attributes, truncated }
    }

    /// What is kept of it: of other marks than ends, `started` says nothing.
    pub(super) fn normal(self) -> Self {
        let started = self.started.filter(|_| self.kind == MarkKind::End);
        Told { started, ..self }
    }
}

/// Few names, so that they repeat; few ids, so that starts and ends meet; and now and then any.
pub(super) fn told() -> impl Strategy<Value = Told> {
    let kind = prop_oneof![4 => Just(MarkKind::Start), 4 => Just(MarkKind::End), 1 => Just(MarkKind::Point)];
    let status = prop_oneof![4 => Just(Status::Ok), 1 => Just(Status::Cancelled), 1 => Just(Status::Failed)];
    let texts = || prop_oneof![4 => "[a-c]", 1 => ".{0,12}"];
    let ids = || prop_oneof![3 => 0_u64..6, 1 => 8_190_u64..8_194, 1 => any::<u64>()];
    let times = || prop_oneof![4 => 0_i64..50, 1 => any::<i64>()];
    let attributes = prop::collection::vec((texts(), value()), 0..4);
    let names = (texts(), texts(), prop_oneof![3 => Just(String::new()), 1 => texts()]);
    let numbers = (ids(), prop_oneof![3 => Just(0), 1 => ids()]);
    let when = (times(), prop::option::of(times()));
    (kind, status, names, numbers, when, attributes, any::<bool>()).prop_map(
        |(kind, status, (name, host, text), (id, parent), (time, started), attributes, truncated)| Told {
            kind,
            name,
            host,
            id,
            parent,
            time,
            started,
            status,
            text,
            attributes,
            truncated,
        },
    )
}

pub(super) fn tolds() -> impl Strategy<Value = Vec<Told>> {
    prop::collection::vec(told(), 0..60)
}

fn value() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        any::<bool>().prop_map(AttributeValue::Bool),
        any::<i64>().prop_map(AttributeValue::Int),
        any::<u64>().prop_map(AttributeValue::Uint),
        any::<u64>().prop_map(|bits| AttributeValue::Float(f64::from_bits(bits))),
        ".{0,8}".prop_map(|text| AttributeValue::Text(text.into())),
    ]
}
