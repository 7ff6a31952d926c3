//! What Redis reports, turned into the kinds of [`StoreError`].

use redis::{ErrorKind, RedisError};
use thiserror::Error;

use super::layout::LAYOUT;
use crate::store::operation::Operation;
use crate::store::{StoreError, StoreErrorKind};

/// Why something on Redis did not work. No text of it has credentials in it.
#[derive(Clone, Debug, Error)]
pub(super) enum Failure {
    #[error("{}", one_line(.0))]
    Redis(#[from] RedisError),
    #[error("the key {0:?} holds something else")]
    Foreign(String),
    #[error(
        "its layout is version {0}, of a newer upto-server; this one knows version {LAYOUT}: use the newer one"
    )]
    Newer(u64),
    #[error(
        "{0}, so it may lose what it confirmed; set appendonly yes, appendfsync always, \
         no-appendfsync-on-rewrite no and maxmemory-policy noeviction there, or accept losses with \
         ?durability=relaxed"
    )]
    NotDurable(String),
    #[error("cannot read the certificates in {0}")]
    Certificates(String),
    #[error("a batch was given up because it took too long; nothing was stored")]
    GivenUp,
    #[error("it answered with something unexpected: {0}")]
    Unexpected(&'static str),
}

impl Failure {
    pub(super) fn kind(&self) -> StoreErrorKind {
        match self {
            Failure::Redis(error) => redis_kind(error),
            Failure::Foreign(_) | Failure::Unexpected(_) => StoreErrorKind::Damaged,
            Failure::Newer(_) | Failure::NotDurable(_) | Failure::Certificates(_) => StoreErrorKind::Invalid,
            Failure::GivenUp => StoreErrorKind::Unavailable,
        }
    }

    /// The error that says that `operation` failed by this.
    pub(super) fn of(self, operation: Operation<'_>) -> StoreError {
        operation.failed(self.kind()).because(self)
    }
}

fn redis_kind(error: &RedisError) -> StoreErrorKind {
    let text = error.to_string();
    match (error.kind(), error.code()) {
        (_, Some("WRONGTYPE")) => StoreErrorKind::Damaged,
        (_, Some("OOM")) => StoreErrorKind::Full,
        (_, Some("MISCONF")) if text.contains("No space left") => StoreErrorKind::Full,
        // Before version 7 a script's errors came wrapped.
        (ErrorKind::Server(_), _) if text.contains("OOM command not allowed") => StoreErrorKind::Full,
        (ErrorKind::Server(_), _) if text.contains("WRONGTYPE") => StoreErrorKind::Damaged,
        (ErrorKind::UnexpectedReturnType, _) => StoreErrorKind::Damaged,
        (ErrorKind::InvalidClientConfig, _) => StoreErrorKind::Invalid,
        _ => StoreErrorKind::Unavailable,
    }
}

/// What a server says is not ours to be trusted with a terminal.
fn one_line(error: &RedisError) -> String {
    error.to_string().replace(char::is_control, " ")
}
