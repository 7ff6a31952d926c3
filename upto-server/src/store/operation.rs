//! What is being done to what: the context of every error, and the limits all back ends share.

use std::fmt;

use thiserror::Error;

use super::{Append, Result, StoreError, StoreErrorKind};

/// The longest name of a stream, key, queue, lease or owner, in bytes of UTF-8: 64 KiB.
pub const MAX_NAME_LENGTH: usize = 64 * 1024;

/// The longest block, document value or task payload, in bytes: 16 MiB.
pub const MAX_VALUE_LENGTH: usize = 16 * 1024 * 1024;

/// How many characters of a name an error shows.
const SHOWN_CHARACTERS: usize = 80;

/// One operation on one named thing. Its constructors check the limits, so a back end that has one
/// needs no further checks of names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'a> {
    verb: &'static str,
    thing: &'static str,
    name: &'a str,
}

#[derive(Debug, Error)]
#[error("{what} of {length} bytes is over the limit of {limit} bytes")]
struct TooLong {
    what: &'static str,
    length: usize,
    limit: usize,
}

impl<'a> Operation<'a> {
    /// `verb` and `thing` as in "cannot `append to` `stream` NAME".
    ///
    /// # Errors
    /// [`StoreErrorKind::Invalid`] when the name is longer than [`MAX_NAME_LENGTH`].
    pub(super) fn on(verb: &'static str, thing: &'static str, name: &'a str) -> Result<Self> {
        let operation = Operation { verb, thing, name };
        operation.limit("a name", name.len(), MAX_NAME_LENGTH)?;
        Ok(operation)
    }

    /// Appending to all of these streams at once; errors name the first of them.
    pub(super) fn append(appends: &'a [Append]) -> Result<Self> {
        for append in appends {
            Operation::on("append to", "stream", &append.stream)?.value("a block", &append.block)?;
        }
        Operation::on("append to", "stream", appends.first().map_or("", |append| append.stream.as_str()))
    }

    /// Checks the owner of a lease as well.
    pub(super) fn owner(self, owner: &str) -> Result<Self> {
        self.limit("an owner", owner.len(), MAX_NAME_LENGTH)
    }

    /// Checks the length of what is to be stored.
    pub(super) fn value(self, what: &'static str, value: &[u8]) -> Result<Self> {
        self.limit(what, value.len(), MAX_VALUE_LENGTH)
    }

    /// The error that says this operation failed.
    pub(super) fn failed(self, kind: StoreErrorKind) -> StoreError {
        StoreError::new(kind, self.verb, self.to_string())
    }

    fn limit(self, what: &'static str, length: usize, limit: usize) -> Result<Self> {
        if length > limit {
            return Err(self.failed(StoreErrorKind::Invalid).because(TooLong { what, length, limit }));
        }
        Ok(self)
    }
}

/// The thing and its name, escaped and shortened: names are data, and may be 64 KiB of anything.
impl fmt::Display for Operation<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.char_indices().nth(SHOWN_CHARACTERS) {
            None => write!(formatter, "{} {:?}", self.thing, self.name),
            Some((end, _)) => write!(formatter, "{} {:?}…", self.thing, &self.name[..end]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_escaped() {
        let operation = Operation::on("read", "stream", "a\n\u{202e}b").expect("a short name");
        assert_eq!(operation.to_string(), r#"stream "a\n\u{202e}b""#);
    }

    #[test]
    fn a_long_name_is_shortened_between_characters() {
        let name = "ä".repeat(81);
        let operation = Operation::on("read", "stream", &name).expect("a short name");
        assert_eq!(operation.to_string(), format!("stream \"{}\"…", "ä".repeat(80)));
    }

    #[test]
    fn a_name_over_the_limit_says_so_briefly() {
        let name = "x".repeat(MAX_NAME_LENGTH + 1);
        let error = Operation::on("read", "stream", &name).expect_err("over the limit");
        assert_eq!(error.kind(), StoreErrorKind::Invalid);
        assert!(error.to_string().ends_with("a name of 65537 bytes is over the limit of 65536 bytes"));
        assert!(error.to_string().len() < 200);
    }
}
