//! What redb and the file system report, turned into the kinds of [`StoreError`].

use std::io;
use std::path::Path;

use thiserror::Error;
use tokio::task::JoinError;

use super::numbers::LAYOUT;
use crate::store::{StoreError, StoreErrorKind};

/// Why something in the folder did not work.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Redb(redb::Error),
    #[error("{0}")]
    Io(#[source] io::Error),
    #[error("another process holds the lock")]
    Locked,
    #[error("it is a redb file, but not of upto-server")]
    Foreign,
    #[error(
        "its layout is version {0}, of a newer upto-server; this one knows version {LAYOUT}: use the newer one"
    )]
    Newer(u64),
    #[error("a block lacks a piece")]
    Piece,
    #[error("it is being opened again after a failure")]
    Reopening,
    #[error("somebody reads it")]
    InUse,
    #[error("reading it failed an internal check of redb")]
    Panicked,
    #[error("the process is shutting down")]
    ShuttingDown,
}

/// Every error of redb's calls is one of `redb::Error`.
impl<E: Into<redb::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Redb(error.into())
    }
}

impl Failure {
    /// A blocking task that did not come to its end.
    pub(super) fn stopped(stopped: &JoinError) -> Self {
        if stopped.is_panic() { Failure::Panicked } else { Failure::ShuttingDown }
    }

    pub(super) fn kind(&self) -> StoreErrorKind {
        match self {
            Failure::Redb(error) => redb_kind(error),
            Failure::Io(error) => io_kind(error),
            Failure::Locked => StoreErrorKind::Locked,
            Failure::Foreign | Failure::Panicked | Failure::Piece => StoreErrorKind::Damaged,
            Failure::Newer(_) => StoreErrorKind::Invalid,
            Failure::Reopening | Failure::InUse | Failure::ShuttingDown => StoreErrorKind::Unavailable,
        }
    }

    /// Adds to `error` what happened and where: at `path`.
    pub(super) fn describe(&self, error: StoreError, path: &Path) -> StoreError {
        match error.kind() {
            // Its reason says all there is to say.
            StoreErrorKind::Locked => error,
            _ => error.because(format!("{}: {self}", path.display())),
        }
    }
}

fn redb_kind(error: &redb::Error) -> StoreErrorKind {
    match error {
        redb::Error::DatabaseAlreadyOpen => StoreErrorKind::Locked,
        redb::Error::Io(error) => io_kind(error),
        redb::Error::PreviousIo | redb::Error::DatabaseClosed => StoreErrorKind::Unavailable,
        redb::Error::ValueTooLarge(_) => StoreErrorKind::Invalid,
        _ => StoreErrorKind::Damaged,
    }
}

fn io_kind(error: &io::Error) -> StoreErrorKind {
    use io::ErrorKind::{FileTooLarge, InvalidData, QuotaExceeded, StorageFull, UnexpectedEof};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => StoreErrorKind::Full,
        InvalidData | UnexpectedEof => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Unavailable,
    }
}
