//! What can go wrong with a store, and whether trying again helps.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// What kind of failure it was: the part to decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The document has another version than expected, or is not there.
    Conflict,
    /// The place can't be reached, created, read or written at the moment.
    Unavailable,
    /// Another process has the place open.
    Locked,
    /// What is there is not a store of ours, or can't be read as one. It is never overwritten.
    Damaged,
    /// There is no space left.
    Full,
    /// The request itself can't be met, here or later: a name or a value over its limit, or data
    /// that a newer version wrote.
    Invalid,
}

impl StoreErrorKind {
    /// Whether the same call may succeed later without anybody changing it.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        matches!(self, StoreErrorKind::Unavailable | StoreErrorKind::Full)
    }

    /// Whether the same call would fail again however often it is tried, and that one alone.
    pub(crate) fn is_lasting(self) -> bool {
        matches!(self, StoreErrorKind::Damaged | StoreErrorKind::Invalid)
    }

    fn reason(self) -> &'static str {
        match self {
            StoreErrorKind::Conflict => "its version is another one by now",
            StoreErrorKind::Unavailable => "the store is not available",
            StoreErrorKind::Locked => "another upto-server has it open",
            StoreErrorKind::Damaged => "it is damaged or not a store of upto-server",
            StoreErrorKind::Full => "no space is left",
            StoreErrorKind::Invalid => "no store can do that",
        }
    }

    fn advice(self) -> Option<&'static str> {
        match self {
            StoreErrorKind::Conflict => Some("get it and decide again"),
            StoreErrorKind::Locked => Some("stop it, or choose another store"),
            StoreErrorKind::Damaged => {
                Some("nothing was overwritten: restore a copy, or choose another store")
            }
            StoreErrorKind::Full => Some("free some and try again"),
            StoreErrorKind::Unavailable | StoreErrorKind::Invalid => None,
        }
    }

    /// Whether the advice is to use another store.
    fn needs_another_store(self) -> bool {
        matches!(self, StoreErrorKind::Locked | StoreErrorKind::Damaged)
    }
}

/// A store operation that failed: what was being done, to what, and why.
///
/// Its text is one line and tells all of it, the cause included. Clones are cheap, so that one
/// failed group of appends can be told to each of its callers.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    operation: &'static str,
    subject: String,
    store: Option<String>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// A failure of `operation` on `subject`, to be read as "cannot `operation` `subject`", such
    /// as `"append to"` and `stream "a"`. A name in `subject` has to be escaped by the caller.
    #[must_use]
    pub fn new(kind: StoreErrorKind, operation: &'static str, subject: impl Into<String>) -> Self {
        StoreError { kind, operation, subject: subject.into(), store: None, cause: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// Adds which store it is: its URL as `--store` takes it, without what is secret.
    #[must_use]
    pub fn of_store(mut self, url: impl Into<String>) -> Self {
        self.store = Some(url.into());
        self
    }

    /// The kind: decide on this.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// What was being done: `append to`, `open`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What it was done to: `stream "a"`, with names escaped and shortened.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the same call may succeed later without anybody changing it.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.kind.is_temporary()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot {} {}: ", self.operation, self.subject)?;
        match &self.cause {
            // Here the cause alone says it: which limit, which version.
            Some(cause) if self.kind == StoreErrorKind::Invalid => write!(formatter, "{cause}")?,
            Some(cause) => write!(formatter, "{} ({cause})", self.kind.reason())?,
            None => formatter.write_str(self.kind.reason())?,
        }
        let Some(advice) = self.kind.advice() else { return Ok(()) };
        write!(formatter, "; {advice}")?;
        match &self.store {
            Some(store) if self.kind.needs_another_store() => write!(formatter, " than --store {store}"),
            None if self.kind.needs_another_store() => formatter.write_str(" with --store"),
            _ => Ok(()),
        }
    }
}

impl Error for StoreError {
    /// What is behind the cause: the cause itself is part of the text already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().and_then(|cause| cause.source())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_says_what_to_do() {
        let error = StoreError::new(StoreErrorKind::Locked, "open", "redb ./upto-data");
        assert_eq!(
            error.clone().of_store("redb:./upto-data").to_string(),
            "cannot open redb ./upto-data: another upto-server has it open; \
             stop it, or choose another store than --store redb:./upto-data"
        );
        assert!(error.to_string().ends_with("; stop it, or choose another store with --store"));
        let full = StoreError::new(StoreErrorKind::Full, "append to", "stream \"a\"").of_store("redb:x");
        assert!(full.to_string().ends_with("; free some and try again"));
    }

    #[test]
    fn the_cause_is_part_of_the_text() {
        let error = StoreError::new(StoreErrorKind::Unavailable, "read", "stream \"a\"")
            .because(std::io::Error::other("the wire is cut"));
        assert_eq!(
            error.to_string(),
            "cannot read stream \"a\": the store is not available (the wire is cut)"
        );
    }

    #[test]
    fn an_invalid_request_is_explained_by_its_cause_alone() {
        let error = StoreError::new(StoreErrorKind::Invalid, "get", "document \"a\"").because("too long");
        assert_eq!(error.to_string(), "cannot get document \"a\": too long");
    }

    #[test]
    fn only_what_may_pass_by_itself_is_temporary() {
        use StoreErrorKind::*;
        let temporary = [Conflict, Unavailable, Locked, Damaged, Full, Invalid]
            .into_iter()
            .filter(|kind| kind.is_temporary())
            .collect::<Vec<_>>();
        assert_eq!(temporary, [Unavailable, Full]);
    }
}
