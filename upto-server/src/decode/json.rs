//! Messages as JSON: the keys of a single message, with words and texts where people write them.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use upto::wire::{Batch, Kind, Message, Reason, Status, Value, limits};

use super::few::Few;
use super::{BodyError, MESSAGES};

/// A message as it is written in JSON. Keys that are not known are ignored, null is "not given".
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
pub(crate) struct JsonMessage<'a> {
    #[serde(borrow)]
    context: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timeline: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    host: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(rename = "type", borrow)]
    kind: Option<Choice<'a>>,
    #[serde(borrow)]
    status: Option<Choice<'a>>,
    #[serde(borrow)]
    time: Option<Time<'a>>,
    #[serde(borrow)]
    started: Option<Time<'a>>,
    id: Option<u64>,
    parent: Option<u64>,
    #[serde(borrow)]
    attrs: Option<Few<Cow<'a, str>, Option<Attribute<'a>>, { limits::ATTRIBUTES }>>,
    #[serde(rename = "autoIP")]
    auto_ip: Option<bool>,
    truncated: Option<bool>,
}

/// One of a few words, or its number.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a word or its number")]
enum Choice<'a> {
    Number(u64),
    #[serde(borrow)]
    Word(Cow<'a, str>),
}

/// Nanoseconds since the epoch, or RFC 3339.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected nanoseconds since the epoch or an RFC 3339 text")]
enum Time<'a> {
    Nanoseconds(i64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a boolean, a number or a text as an attribute's value")]
enum Attribute<'a> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

/// A message that is written as an object. Left to itself, serde would take a list of the values, too.
struct Object<'a>(JsonMessage<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor).map(Object)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = JsonMessage<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a message: an object with `context`, `name` and `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        JsonMessage::deserialize(MapAccessDeserializer::new(map))
    }
}

pub(super) fn parse(body: &[u8]) -> Result<Vec<JsonMessage<'_>>, BodyError> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return list(body);
    }
    let mut messages = Vec::new();
    for message in serde_json::Deserializer::from_slice(body).into_iter::<Object<'_>>() {
        if messages.len() == MESSAGES {
            return Err(BodyError::TooMany);
        }
        messages.push(message.map_err(|error| refused(&error))?.0);
    }
    if messages.is_empty() {
        Err(BodyError::Syntax("no message in the body".to_owned()))
    } else {
        Ok(messages)
    }
}

/// Nothing is made of what is too many: a message takes a hundred times the memory of `{}`.
fn list(body: &[u8]) -> Result<Vec<JsonMessage<'_>>, BodyError> {
    let mut are_too_many = false;
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let list = deserializer.deserialize_seq(ListVisitor { are_too_many: &mut are_too_many });
    let list = list.and_then(|messages| deserializer.end().map(|()| messages));
    list.map_err(|error| if are_too_many { BodyError::TooMany } else { refused(&error) })
}

struct ListVisitor<'l> {
    are_too_many: &'l mut bool,
}

impl<'de> Visitor<'de> for ListVisitor<'_> {
    type Value = Vec<JsonMessage<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut messages = Vec::new();
        while let Some(Object(message)) = items.next_element()? {
            if messages.len() == MESSAGES {
                *self.are_too_many = true;
                return Err(A::Error::custom(BodyError::TooMany));
            }
            messages.push(message);
        }
        Ok(messages)
    }
}

pub(super) fn refused(error: &serde_json::Error) -> BodyError {
    match error.classify() {
        serde_json::error::Category::Data => BodyError::Meaning(error.to_string()),
        _ => BodyError::Syntax(error.to_string()),
    }
}

pub(super) fn batch<'a>(messages: &'a [JsonMessage<'_>]) -> Result<Batch<'a>, BodyError> {
    let mut batch = Batch::default();
    for (number, message) in messages.iter().enumerate() {
        let added = add(message, &mut batch);
        added.map_err(|problem| BodyError::Meaning(format!("message {}: {problem}", number + 1)))?;
    }
    Ok(batch)
}

fn add<'a>(from: &'a JsonMessage<'_>, batch: &mut Batch<'a>) -> Result<(), String> {
    let message = Message {
        kind: kind(from.kind.as_ref())?,
        context: from.context.as_deref().unwrap_or(""),
        timeline: from.timeline.as_deref().unwrap_or(""),
        name: from.name.as_deref().unwrap_or(""),
        host: from.host.as_deref().unwrap_or(""),
        id: from.id.unwrap_or(0),
        parent: from.parent.unwrap_or(0),
        time: time("time", from.time.as_ref())?,
        started: time("started", from.started.as_ref())?,
        status: status(from.status.as_ref())?,
        text: from.text.as_deref().unwrap_or(""),
        attributes: add_attributes(from, batch)?,
        auto_ip: from.auto_ip.unwrap_or(false),
        truncated: from.truncated.unwrap_or(false),
    };
    match message.fault() {
        Some((field, Reason::NameTooLong)) => return Err(format!("`{field}` is over 16 KiB")),
        Some((field, _)) => return Err(format!("`{field}` is missing")),
        None => {}
    }
    batch.push(message);
    Ok(())
}

fn kind(choice: Option<&Choice<'_>>) -> Result<Kind, String> {
    let known = match choice {
        None => return Err("`type` is missing: start, end, event, new, pulse, cancel or log".to_owned()),
        Some(Choice::Number(number)) => Kind::from_number(*number),
        Some(Choice::Word(word)) => Kind::from_word(word),
    };
    known.ok_or_else(|| "`type` is one of start, end, event, new, pulse, cancel and log (0 to 6)".to_owned())
}

fn status(choice: Option<&Choice<'_>>) -> Result<Status, String> {
    let known = match choice {
        None => Some(Status::Ok),
        Some(Choice::Number(number)) => Status::from_number(*number),
        Some(Choice::Word(word)) => Status::from_word(word),
    };
    known.ok_or_else(|| "`status` is one of ok, cancelled and failed (0 to 2)".to_owned())
}

fn time(key: &str, time: Option<&Time<'_>>) -> Result<Option<i64>, String> {
    match time {
        None => Ok(None),
        Some(Time::Nanoseconds(nanoseconds)) => Ok(Some(*nanoseconds)),
        Some(Time::Text(text)) => {
            let instant: jiff::Timestamp =
                text.parse().map_err(|_| format!("`{key}` is not a time such as 2026-01-31T12:00:00.5Z"))?;
            let nanoseconds = i64::try_from(instant.as_nanosecond());
            nanoseconds.map(Some).map_err(|_| format!("`{key}` is outside of the years 1678 to 2261"))
        }
    }
}

fn add_attributes<'a>(
    from: &'a JsonMessage<'_>,
    batch: &mut Batch<'a>,
) -> Result<std::ops::Range<u32>, String> {
    let index = |batch: &Batch<'_>| u32::try_from(batch.attributes.len()).unwrap_or(u32::MAX);
    let first = index(batch);
    for (key, value) in from.attrs.iter().flat_map(|attributes| &attributes.0) {
        if key.len() > limits::KEY_BYTES {
            return Err(format!("`attrs` has a key over {} bytes", limits::KEY_BYTES));
        }
        batch.attributes.extend(value.as_ref().map(|value| (key.as_ref(), value.as_wire())));
    }
    Ok(first..index(batch))
}

impl Attribute<'_> {
    fn as_wire(&self) -> Value<'_> {
        match self {
            Attribute::Bool(value) => Value::Bool(*value),
            Attribute::Int(value) => Value::Int(*value),
            Attribute::Uint(value) => Value::Uint(*value),
            Attribute::Float(value) => Value::Float(*value),
            Attribute::Text(value) => Value::Text(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(body: &str) -> BodyError {
        parse(body.as_bytes()).and_then(|messages| batch(&messages).map(drop)).expect_err(body)
    }

    #[test]
    fn one_many_and_lines_are_the_same() {
        let one = r#"{"context":"c","name":"n","type":"start"}"#;
        for (body, count) in [
            (one.to_owned(), 1),
            (format!("[{one},{one}]"), 2),
            (format!("{one}\n{one}\r\n\n{one}\n"), 3),
            ("[]".into(), 0),
        ] {
            assert_eq!(parse(body.as_bytes()).map(|messages| messages.len()), Ok(count), "{body}");
        }
    }

    #[test]
    fn what_is_too_many_is_not_read() {
        for separator in [",", "\n"] {
            let many = vec!["{}"; MESSAGES + 1].join(separator);
            let body =
                if separator == "," { format!("[{many}, and so on") } else { format!("{many}\nand so on") };
            assert_eq!(parse(body.as_bytes()).map(|messages| messages.len()), Err(BodyError::TooMany));
        }
        let as_many = format!("[{}]", vec!["{}"; MESSAGES].join(","));
        assert_eq!(parse(as_many.as_bytes()).map(|messages| messages.len()), Ok(MESSAGES));
        assert!(matches!(parse(b"[{}] and so on"), Err(BodyError::Syntax(_))));
    }

    #[test]
    fn everything_that_can_be_said_is_read() {
        let body = r#"{"context":"c","timeline":"t","name":"n\u00e9","host":"h","id":18446744073709551615,"parent":2,
            "type":"end","time":"1970-01-01T00:00:01.5Z","started":1000000000,"status":"failed","text":"why",
            "attrs":{"b":true,"i":-1,"u":18446744073709551615,"f":1.5,"s":"x","none":null},"autoIP":true,
            "truncated":true,"unknown":[{}]}"#;
        let messages = parse(body.as_bytes()).expect("good JSON");
        let batch = batch(&messages).expect("a good message");
        let message = &batch.messages[0];
        assert_eq!(
            (message.kind, message.time, message.started),
            (Kind::End, Some(1_500_000_000), Some(1_000_000_000))
        );
        assert_eq!((message.name, message.id, message.status), ("né", u64::MAX, Status::Failed));
        let attributes = [
            ("b", Value::Bool(true)),
            ("f", Value::Float(1.5)),
            ("i", Value::Int(-1)),
            ("s", Value::Text("x")),
            ("u", Value::Uint(u64::MAX)),
        ];
        assert_eq!(batch.attributes_of(message), attributes);
    }

    #[test]
    fn mistakes_are_told_apart_and_where_they_are() {
        for (body, expected) in [
            (r#"{"name":"n","type":"start"}"#, "message 1: `context` is missing"),
            (r#"{"context":"c","type":0}"#, "message 1: `name` is missing"),
            (r#"{"context":"c","name":"n"}"#, "message 1: `type` is missing"),
            (r#"{"context":"c","name":"n","type":"begin"}"#, "message 1: `type` is one of"),
            (r#"{"context":"c","name":"n","type":1,"status":7}"#, "message 1: `status` is one of"),
            (r#"{"context":"c","name":"n","type":1,"time":"noon"}"#, "message 1: `time` is not a time"),
            (
                r#"{"context":"c","name":"n","type":1,"time":"9999-01-01T00:00:00Z"}"#,
                "message 1: `time` is outside",
            ),
            (r#"{"context":5}"#, "invalid type: integer `5`"),
            (r#"{"attrs":{"k":[1]}}"#, "expected a boolean, a number or a text"),
            ("7", "expected a message: an object with `context`, `name` and `type`"),
        ] {
            let BodyError::Meaning(text) = problem(body) else { panic!("{body}") };
            assert!(text.contains(expected), "{body}: {text}");
        }
        let many = (0..129).map(|key| format!("\"{key}\":0")).collect::<Vec<_>>().join(",");
        let BodyError::Meaning(text) = problem(&format!(r#"{{"attrs":{{{many}, and so on"#)) else {
            panic!("{many}")
        };
        assert!(text.contains("over 128 entries"), "{text}");
        for body in ["", "{", "[{]", r#"{"context":"c","name":"n","type":0} rubbish"#] {
            assert!(matches!(problem(body), BodyError::Syntax(_)), "{body}");
        }
    }
}
