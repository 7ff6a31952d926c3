//! The URL of a store as it was written: it may hold a password.

use std::fmt;

use serde::Deserialize;

/// A text that is shown up to its scheme only.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct WrittenUrl(String);

impl WrittenUrl {
    /// All of it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for WrittenUrl {
    fn from(text: String) -> Self {
        WrittenUrl(text)
    }
}

impl From<&str> for WrittenUrl {
    fn from(text: &str) -> Self {
        WrittenUrl(text.to_owned())
    }
}

impl fmt::Display for WrittenUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_once(':') {
            Some((scheme, rest)) if !rest.is_empty() => write!(formatter, "{scheme}:…"),
            _ => formatter.write_str(&self.0),
        }
    }
}

impl fmt::Debug for WrittenUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_not_shown() {
        for url in ["redis://me:secret@host", "postgres:secret", "x:y:secret"] {
            let written = WrittenUrl::from(url);
            let shown = format!("{written} {written:?}");
            assert!(!shown.contains("secret") && !shown.contains("me"), "{shown}");
            assert_eq!(written.as_str(), url);
        }
        assert_eq!(format!("{:?}", WrittenUrl::from("memory:")), "\"memory:\"");
    }
}
