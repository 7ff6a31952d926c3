//! What databases report, turned into the kinds of [`StoreError`].

use sqlx::Error;
use sqlx::error::DatabaseError;
use thiserror::Error;

use super::schema::LAYOUT;
use crate::store::operation::Operation;
use crate::store::{StoreError, StoreErrorKind};

/// Why something did not work in the database.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("the version is another one")]
    Conflict,
    #[error("{0}")]
    Sql(#[from] Error),
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(std::time::Duration),
    #[error("others are at work in it; try again when no server uses it")]
    InUse,
    #[error("{0} changed again and again while it was read")]
    Restless(&'static str),
    #[error("a number in it is out of range")]
    Number,
    #[error("the tables upto_* in it are not of upto-server: {0}")]
    Foreign(Error),
    #[error(
        "its layout is version {0}, of a newer upto-server; this one knows version {LAYOUT}: use the newer one"
    )]
    Newer(i64),
    #[error("{0}")]
    Place(String),
}

/// What to make of an error that the database itself reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Report {
    /// Nothing happened, as somebody else was at it: the same again may work at once.
    Repeat,
    Full,
    Damaged,
    /// A row, a table or a type is there already.
    Exists,
    Other,
}

impl Failure {
    pub(super) fn kind(&self) -> StoreErrorKind {
        match self {
            Failure::Conflict => StoreErrorKind::Conflict,
            Failure::Sql(error) => sql_kind(error),
            Failure::TimedOut(_) | Failure::InUse | Failure::Restless(_) => StoreErrorKind::Unavailable,
            Failure::Number | Failure::Foreign(_) => StoreErrorKind::Damaged,
            Failure::Newer(_) | Failure::Place(_) => StoreErrorKind::Invalid,
        }
    }

    /// Whether the transaction was undone because of others that ran at the same time.
    pub(super) fn is_repeatable(&self) -> bool {
        self.report() == Some(Report::Repeat)
    }

    /// What it means to who needs the database for itself.
    pub(super) fn or_in_use(self) -> Self {
        if self.is_repeatable() { Failure::InUse } else { self }
    }

    /// Whether what was to be created is there.
    pub(super) fn is_present(&self) -> bool {
        self.report() == Some(Report::Exists)
    }

    /// Whether the database answered, though with an error.
    pub(super) fn is_answer(&self) -> bool {
        self.report().is_some_and(|report| report != Report::Repeat)
    }

    fn report(&self) -> Option<Report> {
        match self {
            Failure::Sql(Error::Database(error)) => Some(report(error.as_ref())),
            _ => None,
        }
    }

    /// The error of `operation`.
    pub(super) fn of(self, operation: Operation<'_>) -> StoreError {
        let error = operation.failed(self.kind());
        if matches!(self, Failure::Conflict) { error } else { error.because(self.to_string()) }
    }
}

fn sql_kind(error: &Error) -> StoreErrorKind {
    match error {
        Error::Database(error) => match report(error.as_ref()) {
            Report::Full => StoreErrorKind::Full,
            Report::Damaged => StoreErrorKind::Damaged,
            Report::Repeat | Report::Exists | Report::Other => StoreErrorKind::Unavailable,
        },
        Error::Configuration(_) => StoreErrorKind::Invalid,
        Error::ColumnDecode { .. } | Error::Decode(_) | Error::ColumnNotFound(_) => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Unavailable,
    }
}

fn report(error: &dyn DatabaseError) -> Report {
    if error.is_unique_violation() {
        return Report::Exists;
    }
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return mysql_report(error.number());
    }
    let code = error.code();
    let code = code.as_deref().unwrap_or_default();
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return sqlite_report(code.parse().unwrap_or_default());
    }
    postgres_report(code)
}

/// By the five characters of SQLSTATE, which all that speak PostgreSQL's protocol share.
fn postgres_report(state: &str) -> Report {
    match state {
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => Report::Repeat,
        // Disk full, out of memory for it.
        "53100" | "53200" => Report::Full,
        // No such table, no such column, data corrupted, index corrupted.
        "42P01" | "42703" | "XX001" | "XX002" => Report::Damaged,
        // Duplicate table, duplicate object.
        "42P07" | "42710" => Report::Exists,
        _ => Report::Other,
    }
}

/// By the server's error number: SQLSTATE tells too little there.
#[cfg(feature = "mysql")]
fn mysql_report(number: u16) -> Report {
    match number {
        // Record changed since it was read, lock wait timeout, deadlock.
        1020 | 1205 | 1213 => Report::Repeat,
        // Disk full, table full.
        1021 | 1114 => Report::Full,
        // No such column, no such table, index corrupted, table crashed.
        1054 | 1146 | 1034 | 1194 => Report::Damaged,
        // Table exists.
        1050 => Report::Exists,
        _ => Report::Other,
    }
}

/// By the primary result code, which is the lowest byte of the extended one.
#[cfg(feature = "sqlite")]
fn sqlite_report(code: u32) -> Report {
    match code & 0xff {
        // Error (no such table or column), corrupted, not a database.
        1 | 11 | 26 => Report::Damaged,
        // Busy, locked.
        5 | 6 => Report::Repeat,
        13 => Report::Full,
        _ => Report::Other,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::fmt;

    use sqlx::error::ErrorKind;

    use super::*;

    /// What a distributed engine reports when it could not put transactions in an order.
    #[derive(Debug)]
    struct Serialization;

    impl fmt::Display for Serialization {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("restart transaction")
        }
    }

    impl StdError for Serialization {}

    impl DatabaseError for Serialization {
        fn message(&self) -> &str {
            "restart transaction"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some("40001".into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    pub(in crate::store::sql) fn serialization_failure() -> Failure {
        Failure::Sql(Error::Database(Box::new(Serialization)))
    }

    #[test]
    fn what_others_caused_is_repeated() {
        assert_eq!(postgres_report("40001"), Report::Repeat);
        #[cfg(feature = "mysql")]
        assert_eq!(mysql_report(1213), Report::Repeat);
        #[cfg(feature = "sqlite")]
        assert_eq!(sqlite_report(517), Report::Repeat, "busy, with an outdated snapshot");
    }

    #[test]
    fn an_unknown_outcome_is_not_repeated() {
        // Of a distributed engine: the commit may have happened.
        assert_eq!(postgres_report("40003"), Report::Other);
    }

    #[test]
    fn a_full_disk_is_full() {
        assert_eq!(postgres_report("53100"), Report::Full);
        #[cfg(feature = "mysql")]
        assert_eq!(mysql_report(1021), Report::Full);
        #[cfg(feature = "sqlite")]
        assert_eq!(sqlite_report(13), Report::Full);
    }
}
