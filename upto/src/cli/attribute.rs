//! Attributes as people write them: `key=value`.

use std::str::FromStr;

use upto::wire::{Value, limits};

/// An attribute. Its value is a number or a boolean where that is written as just the same text, else a text: a version
/// `1.10` stays what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) key: String,
    value: String,
}

impl Attribute {
    pub(super) fn new(key: &str, value: &(impl ToString + ?Sized)) -> Self {
        Attribute { key: key.to_owned(), value: value.to_string() }
    }

    /// The value as it is sent.
    pub(super) fn value(&self) -> Value<'_> {
        let text = self.value.as_str();
        let number = text.parse::<i64>().ok().map(Value::Int);
        let number = number.or_else(|| text.parse::<u64>().ok().map(Value::Uint));
        match (text, number) {
            ("true", _) => Value::Bool(true),
            ("false", _) => Value::Bool(false),
            (_, Some(Value::Int(number))) if number.to_string() == text => Value::Int(number),
            (_, Some(Value::Uint(number))) if number.to_string() == text => Value::Uint(number),
            _ => Value::Text(text),
        }
    }
}

impl FromStr for Attribute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
        match key.len() {
            0 => Err("the key is empty".to_owned()),
            1..=limits::KEY_BYTES => Ok(Attribute::new(key, value)),
            _ => Err(format!("a key has at most {} bytes", limits::KEY_BYTES)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_only_where_nothing_is_lost() {
        for (text, expected) in [
            ("42", Value::Int(42)),
            ("-7", Value::Int(-7)),
            ("18446744073709551615", Value::Uint(u64::MAX)),
            ("true", Value::Bool(true)),
            ("007", Value::Text("007")),
            ("+1", Value::Text("+1")),
            ("1.10", Value::Text("1.10")),
            ("1e5", Value::Text("1e5")),
            ("", Value::Text("")),
        ] {
            assert_eq!(Attribute::new("k", text).value(), expected, "{text}");
        }
    }

    #[test]
    fn the_first_sign_of_equality_separates() {
        assert_eq!("a=b=c".parse(), Ok(Attribute::new("a", "b=c")));
        for text in ["a", "=b", &format!("{}=", "k".repeat(257))] {
            assert!(text.parse::<Attribute>().is_err(), "{text}");
        }
    }
}
