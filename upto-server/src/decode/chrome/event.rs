//! One trace event as it is written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use upto::wire::limits;

use super::super::draft::{Attributes, DraftValue, derived_id, parts_of};

/// The key of what this server says of its own events.
const OWN_KEY: &str = "upto";

/// Arguments of one event that are looked at.
const ARGUMENTS: usize = 4 * limits::ATTRIBUTES;

/// Where a slice is drawn: numbers, or texts, as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Track<'a> {
    pub(super) process: &'a str,
    pub(super) thread: &'a str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TraceEvent<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) cat: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ph: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ts: Option<&'a RawValue>,
    #[serde(borrow)]
    dur: Option<&'a RawValue>,
    #[serde(borrow)]
    pid: Option<&'a RawValue>,
    #[serde(borrow)]
    tid: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    id2: Option<&'a RawValue>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
}

/// What this server says of its own events beside what the format has fields for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Own {
    pub(super) id: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) message: Option<String>,
    pub(super) truncated: bool,
    pub(super) path: bool,
    pub(super) end: Option<String>,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Complete,
    Begin,
    End,
    Instant,
    AsyncBegin,
    AsyncEnd,
    AsyncInstant,
    /// It is no event of a timeline.
    Other,
}

#[derive(Deserialize)]
struct NameArgument {
    name: Option<String>,
}

#[derive(Deserialize)]
struct OwnArgument {
    upto: Option<Own>,
}

/// The value of an argument.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(String),
}

impl<'a> TraceEvent<'a> {
    pub(super) fn phase(&self) -> Phase {
        match self.ph.as_deref() {
            Some("X") => Phase::Complete,
            Some("B") => Phase::Begin,
            Some("E") => Phase::End,
            Some("i" | "I" | "R") => Phase::Instant,
            Some("b") => Phase::AsyncBegin,
            Some("e") => Phase::AsyncEnd,
            Some("n") => Phase::AsyncInstant,
            _ => Phase::Other,
        }
    }

    pub(super) fn track(&self) -> Track<'a> {
        let text = |raw: Option<&'a RawValue>| raw.map_or("", RawValue::get);
        Track { process: text(self.pid), thread: text(self.tid) }
    }

    /// What asynchronous events of one slice share.
    pub(super) fn async_key(&self) -> String {
        let text = |raw: Option<&RawValue>| raw.map_or("", RawValue::get).to_owned();
        let id = text(self.id.or(self.id2));
        format!(
            "{} {} {id}",
            self.cat.as_deref().unwrap_or_default(),
            self.name.as_deref().unwrap_or_default()
        )
    }

    /// The name that a metadata event gives.
    pub(super) fn said_name(&self) -> Option<String> {
        let is_metadata = self.ph.as_deref() == Some("M");
        let arguments = self.args.filter(|_| is_metadata)?;
        serde_json::from_str::<NameArgument>(arguments.get()).ok()?.name
    }

    /// When it was, in nanoseconds since what the document calls 0.
    pub(super) fn time(&self) -> Option<i128> {
        nanoseconds(self.ts?.get())
    }

    /// How long it took, in nanoseconds; 0 if it does not say.
    pub(super) fn duration(&self) -> Option<i128> {
        self.dur.map_or(Some(0), |duration| nanoseconds(duration.get()))
    }

    /// An id for a slice that has none of its own: the same whenever the same document is read.
    pub(super) fn derived_id(&self, place: usize) -> u64 {
        let Track { process, thread } = self.track();
        let name = parts_of(self.name.as_deref().unwrap_or_default());
        let texts = name.chain(parts_of(process)).chain(parts_of(thread));
        let time = self.ts.map_or("", RawValue::get);
        let parts: Vec<u64> = texts.chain(parts_of(time)).chain(u64::try_from(place)).collect();
        derived_id(&parts)
    }

    pub(super) fn own(&self) -> Own {
        let said = self.args.and_then(|args| serde_json::from_str::<OwnArgument>(args.get()).ok());
        said.and_then(|said| said.upto).unwrap_or_default()
    }

    /// The arguments: what is a list or a map stays JSON.
    pub(super) fn attributes(&self, is_own: bool) -> Attributes<'a> {
        let mut attributes = Attributes::default();
        let arguments = self.args.and_then(|args| serde_json::from_str::<Arguments<'_>>(args.get()).ok());
        let Arguments { first, are_all } = arguments.unwrap_or_default();
        for (key, value) in first {
            if !(is_own && key == OWN_KEY) && value.get() != "null" {
                attributes.add(key, attribute(value));
            }
        }
        attributes.note_truncated(!are_all);
        attributes
    }
}

/// The first arguments, by key: as many as there may be attributes, and some that are none.
struct Arguments<'a> {
    first: BTreeMap<String, &'a RawValue>,
    are_all: bool,
}

impl Default for Arguments<'_> {
    fn default() -> Self {
        Arguments { first: BTreeMap::new(), are_all: true }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Arguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ArgumentsVisitor)
    }
}

struct ArgumentsVisitor;

impl<'de> Visitor<'de> for ArgumentsVisitor {
    type Value = Arguments<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("arguments")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut arguments = Arguments::default();
        while let Some((key, value)) = entries.next_entry::<String, &RawValue>()? {
            match arguments.first.len() < ARGUMENTS || arguments.first.contains_key(&key) {
                true => drop(arguments.first.insert(key, value)),
                false => arguments.are_all = false,
            }
        }
        Ok(arguments)
    }
}

fn attribute(value: &RawValue) -> DraftValue<'static> {
    match serde_json::from_str(value.get()) {
        Ok(Scalar::Bool(value)) => DraftValue::Bool(value),
        Ok(Scalar::Int(value)) => DraftValue::Int(value),
        Ok(Scalar::Uint(value)) => DraftValue::Uint(value),
        Ok(Scalar::Float(value)) => DraftValue::Float(value),
        Ok(Scalar::Text(value)) => DraftValue::Text(value.into()),
        Err(_) => DraftValue::Text(value.get().to_owned().into()),
    }
}

/// Microseconds, as a number or a text, in nanoseconds. What has up to three decimals is exact.
fn nanoseconds(microseconds: &str) -> Option<i128> {
    let text = microseconds.trim_matches('"').trim();
    exact(text).or_else(|| {
        let nanoseconds = text.parse::<f64>().ok()? * 1_000.0;
        let duration = std::time::Duration::try_from_secs_f64(nanoseconds.abs() / 1e9).ok()?;
        let size = i128::try_from(duration.as_nanos()).ok()?;
        Some(if nanoseconds < 0.0 { -size } else { size })
    })
}

fn exact(text: &str) -> Option<i128> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than any time has would not fit.
    if whole.is_empty() || whole.len() > 20 || !is_plain(whole) || !is_plain(decimals) {
        return None;
    }
    let thousandths: String = decimals.chars().chain("000".chars()).take(3).collect();
    Some(sign * (whole.parse::<i128>().ok()? * 1_000 + thousandths.parse::<i128>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_exact_to_the_nanosecond() {
        for (text, expected) in [
            ("1.5", Some(1_500)),
            ("-0.001", Some(-1)),
            ("\"17\"", Some(17_000)),
            ("1793000000000000.123", Some(1_793_000_000_000_000_123)),
            ("1.23456", Some(1_234)),
            ("1e3", Some(1_000_000)),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }
}
