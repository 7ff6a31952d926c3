//! Requests as JSON: ids in hexadecimal, numbers of 64 bits as numbers or texts, enums as numbers or names. Keys that are not
//! known are passed over; null is "not given".

use std::borrow::Cow;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::draft::{Attributes, DraftValue};
use super::super::json::refused;
use super::nested::{self, Room};
use super::span::{EVENTS, LINKS, Span, SpanEvent, Surroundings, id, ids};
use super::{BodyError, Taking};

/// Lists of what is looked at later: each item takes but its place in memory until then.
type Raw<'a> = Option<Vec<&'a RawValue>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    resource_spans: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
    #[serde(borrow)]
    scope_spans: Raw<'a>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    attributes: Raw<'a>,
}

#[derive(Deserialize)]
struct ScopeSpans<'a> {
    #[serde(borrow)]
    scope: Option<Scope<'a>>,
    #[serde(borrow)]
    spans: Raw<'a>,
}

#[derive(Deserialize)]
struct Scope<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonSpan<'a> {
    #[serde(borrow)]
    trace_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    span_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    parent_span_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    kind: Option<Choice>,
    #[serde(default)]
    start_time_unix_nano: Number<u64>,
    #[serde(default)]
    end_time_unix_nano: Number<u64>,
    #[serde(borrow)]
    attributes: Raw<'a>,
    #[serde(default)]
    dropped_attributes_count: Number<u64>,
    #[serde(borrow)]
    events: Raw<'a>,
    #[serde(default)]
    dropped_events_count: Number<u64>,
    #[serde(borrow)]
    links: Raw<'a>,
    #[serde(default)]
    dropped_links_count: Number<u64>,
    #[serde(borrow)]
    status: Option<SpanStatus<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonEvent<'a> {
    #[serde(default)]
    time_unix_nano: Number<u64>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attributes: Raw<'a>,
    #[serde(default)]
    dropped_attributes_count: Number<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link<'a> {
    #[serde(borrow)]
    span_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct SpanStatus<'a> {
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    code: Option<Choice>,
}

#[derive(Deserialize)]
struct KeyValue<'a> {
    #[serde(borrow)]
    key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<AnyValue<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyValue<'a> {
    #[serde(borrow)]
    string_value: Option<Cow<'a, str>>,
    bool_value: Option<bool>,
    int_value: Option<Number<i64>>,
    double_value: Option<Number<f64>>,
    #[serde(borrow)]
    array_value: Option<&'a RawValue>,
    #[serde(borrow)]
    kvlist_value: Option<&'a RawValue>,
    #[serde(borrow)]
    bytes_value: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Values<'a> {
    #[serde(borrow)]
    values: Raw<'a>,
}

/// A constant of an enum, by its number or its name.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected the number or the name of a constant")]
enum Choice {
    Number(u64),
    Name(String),
}

/// A number, or a text that is one: `"NaN"`, `"Infinity"` and `"-Infinity"`, too. Null is 0.
#[derive(Clone, Copy, Default)]
struct Number<T>(T);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number, or a text that is one")]
enum NumberOrText<'a, T> {
    Number(T),
    Text(Cow<'a, str>),
    None,
}

impl<'de, T: DeserializeOwned + FromStr + Default> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NumberOrText::deserialize(deserializer)? {
            NumberOrText::Number(number) => Ok(Number(number)),
            NumberOrText::None => Ok(Number::default()),
            NumberOrText::Text(text) => {
                let number = text
                    .parse()
                    .map_err(|_| serde::de::Error::custom("a text is not the number it should be"));
                number.map(Number)
            }
        }
    }
}

/// Takes all spans of an `ExportTraceServiceRequest`.
pub(super) fn request<'a>(body: &'a [u8], taking: &mut Taking<'a>) -> Result<(), BodyError> {
    let request: Request<'_> = serde_json::from_slice(body).map_err(|error| refused(&error))?;
    for resource in items(&request.resource_spans) {
        let resource: ResourceSpans<'_> = read(resource)?;
        let mut attributes = Attributes::default();
        if let Some(Resource { attributes: given }) = resource.resource {
            add_attributes(&given, &mut attributes)?;
        }
        let around = Surroundings::of(attributes);
        for scope in items(&resource.scope_spans) {
            scope_spans(read(scope)?, around.clone(), taking)?;
        }
    }
    Ok(())
}

fn scope_spans<'a>(
    spans: ScopeSpans<'a>,
    mut around: Surroundings<'a>,
    taking: &mut Taking<'a>,
) -> Result<(), BodyError> {
    if let Some(Scope { name, version }) = spans.scope {
        (around.scope, around.scope_version) = (name.unwrap_or_default(), version.unwrap_or_default());
    }
    for raw in items(&spans.spans) {
        taking.take(span(read(raw)?)?, &around);
    }
    Ok(())
}

/// A span, or why this one is refused.
type Read<'a> = Result<Span<'a>, Cow<'static, str>>;

fn span(given: JsonSpan<'_>) -> Result<Read<'_>, BodyError> {
    let (trace_id, span_id) = (hex(given.trace_id.as_deref()), hex(given.span_id.as_deref()));
    let (trace, own_id) = match ids(&trace_id.unwrap_or_default(), &span_id.unwrap_or_default()) {
        Ok(ids) => ids,
        Err(reason) => return Ok(Err(reason)),
    };
    let mut span = Span {
        trace,
        id: own_id,
        parent: hex(given.parent_span_id.as_deref()).and_then(|bytes| id(&bytes)).unwrap_or(0),
        name: given.name.unwrap_or_default(),
        kind: given.kind.map_or(0, |kind| kind.number(&KINDS)),
        start: given.start_time_unix_nano.0,
        end: given.end_time_unix_nano.0,
        ..Span::default()
    };
    if let Some(SpanStatus { message, code }) = given.status {
        span.message = message.unwrap_or_default();
        span.has_failed = code.is_some_and(|code| code.number(&STATUS_CODES) == 2);
    }
    add_attributes(&given.attributes, &mut span.attributes)?;
    let dropped = [given.dropped_attributes_count, given.dropped_events_count, given.dropped_links_count];
    span.attributes.note_truncated(dropped.iter().any(|Number(count)| *count > 0));
    add_events(&given.events, &mut span)?;
    add_links(&given.links, &mut span)?;
    Ok(Ok(span))
}

fn add_events<'a>(given: &Raw<'a>, span: &mut Span<'a>) -> Result<(), BodyError> {
    span.attributes.note_truncated(items(given).count() > EVENTS);
    for raw in items(given).take(EVENTS) {
        let event: JsonEvent<'_> = read(raw)?;
        let (time, name) = (event.time_unix_nano.0, event.name.unwrap_or_default());
        let mut attributes = Attributes::default();
        add_attributes(&event.attributes, &mut attributes)?;
        attributes.note_truncated(event.dropped_attributes_count.0 > 0);
        span.events.push(SpanEvent { time, name, attributes });
    }
    Ok(())
}

fn add_links(given: &Raw<'_>, span: &mut Span<'_>) -> Result<(), BodyError> {
    span.attributes.note_truncated(items(given).count() > LINKS);
    for raw in items(given).take(LINKS) {
        let link: Link<'_> = read(raw)?;
        let linked = hex(link.span_id.as_deref()).and_then(|bytes| id(&bytes));
        span.links.extend(linked.filter(|id| *id != 0));
    }
    Ok(())
}

fn add_attributes<'a>(given: &Raw<'a>, to: &mut Attributes<'a>) -> Result<(), BodyError> {
    for raw in items(given) {
        if to.is_full() {
            to.note_truncated(true);
            break;
        }
        let KeyValue { key, value } = read(raw)?;
        let mut room = Room::new();
        if let Some(value) = value.and_then(|value| value.into_draft(&mut room)) {
            to.add(key.unwrap_or_default(), value);
            to.note_truncated(room.is_short);
        }
    }
    Ok(())
}

impl<'a> AnyValue<'a> {
    /// The value; `None` if none is given.
    fn into_draft(self, room: &mut Room) -> Option<DraftValue<'a>> {
        let AnyValue {
            string_value,
            bool_value,
            int_value,
            double_value,
            array_value,
            kvlist_value,
            bytes_value,
        } = self;
        let text = |value: Value| DraftValue::Text(value.to_string().into());
        string_value
            .map(DraftValue::Text)
            .or(bool_value.map(DraftValue::Bool))
            .or(int_value.map(|Number(value)| DraftValue::Int(value)))
            .or(double_value.map(|Number(value)| DraftValue::Float(value)))
            .or_else(|| array_value.map(|values| text(list(values, room))))
            .or_else(|| kvlist_value.map(|values| text(map(values, room))))
            .or(bytes_value.map(DraftValue::Text))
    }

    fn into_nested(self, room: &mut Room) -> Value {
        if let Some(values) = self.array_value {
            return room.below(|room| list(values, room));
        }
        if let Some(values) = self.kvlist_value {
            return room.below(|room| map(values, room));
        }
        match self.into_draft(room) {
            Some(DraftValue::Bool(value)) => Value::Bool(value),
            Some(DraftValue::Int(value)) => Value::from(value),
            Some(DraftValue::Uint(value)) => Value::from(value),
            Some(DraftValue::Float(value)) => nested::number(value),
            Some(DraftValue::Text(text)) => Value::String(text.into_owned()),
            None => Value::Null,
        }
    }
}

/// The values within a list; what is none of them is null.
fn list(raw: &RawValue, room: &mut Room) -> Value {
    let values = read::<Values<'_>>(raw).ok().and_then(|values| values.values).unwrap_or_default();
    room.list(values.into_iter(), |raw, room| {
        read::<AnyValue<'_>>(raw).map_or(Value::Null, |value| value.into_nested(room))
    })
}

fn map(raw: &RawValue, room: &mut Room) -> Value {
    let values = read::<Values<'_>>(raw).ok().and_then(|values| values.values).unwrap_or_default();
    room.map(values.into_iter(), |raw, room| match read::<KeyValue<'_>>(raw) {
        Ok(KeyValue { key, value }) => {
            (key.unwrap_or_default().into_owned(), value.map_or(Value::Null, |value| value.into_nested(room)))
        }
        Err(_) => (String::new(), Value::Null),
    })
}

fn items<'r, 'a>(raw: &'r Raw<'a>) -> impl Iterator<Item = &'a RawValue> + 'r {
    raw.iter().flatten().copied()
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, BodyError> {
    serde_json::from_str(raw.get()).map_err(|error| {
        let start: String = raw.get().chars().take(60).collect();
        BodyError::Meaning(format!("{error}, in what begins with {start}"))
    })
}

/// The bytes that hexadecimal digits say, upper or lower case. `None`: they are no such digits.
fn hex(text: Option<&str>) -> Option<Vec<u8>> {
    let text = text.filter(|text| text.len() <= 32)?;
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits = text.as_bytes().iter().map(digit).collect::<Option<Vec<_>>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// The names of an enum's constants, in the order of their numbers.
const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUS_CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

impl Choice {
    /// The number of the constant; 0 for a name that is not known.
    fn number(&self, names: &[&str]) -> u64 {
        match self {
            Choice::Number(number) => *number,
            Choice::Name(name) => {
                (0..).zip(names).find(|(_, own)| *own == name).map_or(0, |(number, _)| number)
            }
        }
    }
}
