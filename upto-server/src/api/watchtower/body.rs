//! Bodies: JSON under any content type, or a form, as the JavaScript client sends it.

use serde_json::{Map, Value};

use super::answer::{Answered, Refused};
use crate::api::body::Whole;

/// What a body says, by name.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn read(body: Whole) -> Answered<Self> {
        let body = body.0?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Fields(fields)),
            Ok(_) => Err(Refused::hint("the body is no object of JSON")),
            Err(error) => form(&body).map(Fields).ok_or_else(|| Refused::hint(format!("bad JSON: {error}"))),
        }
    }

    /// A text that is given and not empty.
    pub(super) fn text(&self, name: &str, missing: &str) -> Answered<&str> {
        match self.0.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            None | Some(Value::Null | Value::String(_)) => Err(Refused::hint(missing)),
            Some(_) => Err(Refused::hint(format!("{name} is no text"))),
        }
    }

    /// A number, which may be written as a text; none if it is not given.
    pub(super) fn number(&self, name: &str) -> Answered<Option<f64>> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| Refused::hint(format!("bad {name}")))
    }

    /// Whether something is so, which may be written as a text.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
            Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number != 0.0),
            _ => false,
        }
    }
}

/// The fields of a form; none if it is not one.
fn form(body: &[u8]) -> Option<Map<String, Value>> {
    let is_begun_as_json =
        body.iter().find(|byte| !byte.is_ascii_whitespace()).is_none_or(|byte| b"{[\"".contains(byte));
    if is_begun_as_json || !body.contains(&b'=') {
        return None;
    }
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).ok()?;
    Some(fields.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Answered<Fields> {
        Fields::read(Whole(Ok(body.as_bytes().to_vec())))
    }

    #[test]
    fn json_and_forms_say_the_same() {
        for body in
            [r#"{"service":"a b&c","nextIn":60.9,"alert":true}"#, "service=a+b%26c&nextIn=60.9&alert=true"]
        {
            let fields = read(body).unwrap_or_else(|_| panic!("{body}"));
            assert_eq!(fields.text("service", "none").ok(), Some("a b&c"));
            assert_eq!(fields.number("nextIn").ok(), Some(Some(60.9)));
            assert!(fields.flag("alert") && !fields.flag("other"));
            assert_eq!(fields.number("level").ok(), Some(None));
        }
        assert_eq!(
            read(r#"{"nextIn":"60"}"#).ok().and_then(|fields| fields.number("nextIn").ok()),
            Some(Some(60.0))
        );
    }

    #[test]
    fn what_is_neither_is_refused() {
        for body in ["", "{", "[1]", "7", "hello", r#"{"a=b"#] {
            assert!(matches!(read(body), Err(Refused::Hint(_))), "{body}");
        }
        let fields = read(r#"{"service":7,"nextIn":[1],"level":"x"}"#).unwrap_or_else(|_| panic!("JSON"));
        assert!(fields.text("service", "none").is_err() && fields.number("nextIn").is_err());
        assert!(fields.number("level").is_err());
    }
}
