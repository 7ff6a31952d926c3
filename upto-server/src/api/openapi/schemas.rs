//! Schemas that are not derived: of types that know nothing of the API, and of arrays whose places have meanings.

use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::doors::Scope;
use crate::timeline::{AttributeValue, Loss, Received, SessionTotals};

/// A text that is one of these words, and what it is for.
pub(in crate::api) fn words<const N: usize>(description: &str, words: [&'static str; N]) -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    text.enum_values(Some(words)).build()
}

/// A value of JSON that is of one of these types.
pub(in crate::api) fn one_of<const N: usize>(types: [Type; N]) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::from_iter(types)).build()
}

/// A number of something.
pub(in crate::api) fn count() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build()
}

/// An array that has a value for each of these places, or for `least` of them.
pub(in crate::api) fn places<const N: usize>(places: [Object; N], least: usize) -> RefOr<Schema> {
    let array = ArrayBuilder::new().prefix_items(places).items(ArrayItems::False);
    array.min_items(Some(least)).max_items(Some(N)).into()
}

/// An object that has all of these.
fn object<const N: usize>(properties: [(&str, Object); N]) -> RefOr<Schema> {
    let builder = ObjectBuilder::new().schema_type(Type::Object);
    let with = |builder: ObjectBuilder, (name, schema): (&str, Object)| {
        builder.property(name, schema).required(name)
    };
    properties.into_iter().fold(builder, with).into()
}

impl PartialSchema for AttributeValue {
    fn schema() -> RefOr<Schema> {
        one_of([Type::Boolean, Type::Number, Type::String]).into()
    }
}

impl ToSchema for AttributeValue {}

impl PartialSchema for Loss {
    fn schema() -> RefOr<Schema> {
        let at_least = one_of([Type::Boolean]);
        object([("packets", count()), ("messages", count()), ("dropped", count()), ("at_least", at_least)])
    }
}

impl ToSchema for Loss {}

impl PartialSchema for Received {
    fn schema() -> RefOr<Schema> {
        object([("packets", count()), ("messages", count()), ("late", count()), ("duplicate", count())])
    }
}

impl ToSchema for Received {}

impl PartialSchema for SessionTotals {
    fn schema() -> RefOr<Schema> {
        object([("total", count()), ("open", count())])
    }
}

impl ToSchema for SessionTotals {}

impl PartialSchema for Scope {
    fn schema() -> RefOr<Schema> {
        words(
            "What a token allows.",
            [Scope::Send, Scope::Read, Scope::Collect, Scope::Admin].map(Scope::as_str),
        )
        .into()
    }
}

impl ToSchema for Scope {}
