//! What `POST /api/events` takes, as JSON. The bytes are read without a copy, by types that can't tell their schema.

use upto::wire::limits::NAME_BYTES;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{KnownFormat, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::schemas::one_of;

/// One message, or several.
pub(in crate::api) struct Messages;

/// Nanoseconds since the epoch, or RFC 3339.
pub(in crate::api) struct Instant;

/// What the schemas of one message are called.
const MESSAGE: &str = "Message";
const MARK: &str = "Mark";
const OPENING: &str = "NewTimeline";

impl PartialSchema for Messages {
    fn schema() -> RefOr<Schema> {
        let one = || Ref::from_schema_name(MESSAGE);
        OneOfBuilder::new().item(one()).item(ArrayBuilder::new().items(one())).into()
    }
}

impl ToSchema for Messages {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let either =
            OneOfBuilder::new().item(Ref::from_schema_name(MARK)).item(Ref::from_schema_name(OPENING));
        schemas.push((MESSAGE.to_owned(), either.into()));
        schemas.push((MARK.to_owned(), mark().into()));
        schemas.push((OPENING.to_owned(), opening().into()));
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        let nanoseconds = ObjectBuilder::new().schema_type(Type::Integer).format(known(KnownFormat::Int64));
        let text = ObjectBuilder::new().schema_type(Type::String).format(known(KnownFormat::DateTime));
        OneOfBuilder::new().item(nanoseconds).item(text).into()
    }
}

impl ToSchema for Instant {}

fn known(format: KnownFormat) -> Option<SchemaFormat> {
    Some(SchemaFormat::KnownFormat(format))
}

/// Null is as good as nothing, but in what has to be there.
fn mark() -> ObjectBuilder {
    let attribute = one_of([Type::Boolean, Type::Number, Type::String, Type::Null]);
    let attributes = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .additional_properties(Some(AdditionalProperties::RefOr(attribute.into())));
    named()
        .property("type", choice(["start", "end", "event"], [0, 1, 2]))
        .property("name", name())
        .required("name")
        .property("timeline", text())
        .property("host", text())
        .property("id", id())
        .property("parent", id())
        .property("time", or_null(Instant::schema()))
        .property("started", or_null(Instant::schema()))
        .property("status", or_null(choice(["ok", "cancelled", "failed"], [0, 1, 2])))
        .property("text", text())
        .property("attrs", attributes)
        .property("autoIP", one_of([Type::Boolean, Type::Null]))
        .property("truncated", one_of([Type::Boolean, Type::Null]))
        .description(Some("A start, an end, or an instant, with the keys of WIRE.md."))
}

fn opening() -> ObjectBuilder {
    let opening = named().property("type", choice(["new"], [3])).property("timeline", text());
    opening.description(Some("A new timeline, whose name the server gives if it has none."))
}

/// What every message has.
fn named() -> ObjectBuilder {
    let object = ObjectBuilder::new().schema_type(Type::Object);
    object.property("context", name()).required("context").required("type")
}

fn name() -> Object {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(NAME_BYTES)).build()
}

fn or_null(schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    OneOfBuilder::new().item(schema).item(one_of([Type::Null])).into()
}

fn text() -> Object {
    one_of([Type::String, Type::Null])
}

fn id() -> Object {
    let types = SchemaType::from_iter([Type::Integer, Type::Null]);
    ObjectBuilder::new().schema_type(types).minimum(Some(0)).build()
}

/// One of the words, or its number.
fn choice<const N: usize>(words: [&'static str; N], numbers: [u8; N]) -> Object {
    let numbers = numbers.into_iter().map(serde_json::Value::from);
    let words = words.into_iter().map(serde_json::Value::from);
    let types = SchemaType::from_iter([Type::String, Type::Integer]);
    ObjectBuilder::new().schema_type(types).enum_values(Some(words.chain(numbers))).build()
}
