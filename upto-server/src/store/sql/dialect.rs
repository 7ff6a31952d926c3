//! What differs between the three engines, all of it.

/// An engine, by how it has to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// PostgreSQL, and the distributed engines that speak its protocol.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// The engine that a URL's scheme names, if this was built with its driver.
    pub(crate) fn of_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "postgres" | "postgresql" if cfg!(feature = "postgres") => Some(Dialect::Postgres),
            "mysql" | "mariadb" if cfg!(feature = "mysql") => Some(Dialect::MySql),
            "sqlite" if cfg!(feature = "sqlite") => Some(Dialect::Sqlite),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgres",
            Dialect::MySql => "mysql",
            Dialect::Sqlite => "sqlite",
        }
    }

    /// Writes a statement of ours in this dialect: `?` stands for a value, and what is in braces
    /// for what the engines call differently.
    pub(super) fn write(self, statement: &str) -> String {
        let named =
            self.words().iter().fold(statement.to_owned(), |text, (word, own)| text.replace(word, own));
        match self {
            Dialect::Postgres => number_placeholders(&named),
            Dialect::MySql | Dialect::Sqlite => named,
        }
    }

    fn words(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Dialect::Postgres => &[
                ("{hash}", "BYTEA"),
                ("{head}", "BYTEA"),
                ("{bytes}", "BYTEA"),
                ("{tail}", ""),
                ("{for update}", "FOR UPDATE"),
                ("{skip locked}", "FOR UPDATE SKIP LOCKED"),
                ("{or, of what is there,}", "ON CONFLICT (spread) DO UPDATE SET"),
                ("{there}", "upto_counters.last"),
                ("{given}", "excluded.last"),
                ("{now}", "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000000 AS BIGINT)"),
            ],
            Dialect::MySql => &[
                ("{hash}", "VARBINARY(32)"),
                ("{head}", "VARBINARY(512)"),
                ("{bytes}", "LONGBLOB"),
                ("{tail}", " ENGINE = InnoDB"),
                ("{for update}", "FOR UPDATE"),
                ("{skip locked}", "FOR UPDATE SKIP LOCKED"),
                ("{or, of what is there,}", "ON DUPLICATE KEY UPDATE"),
                ("{there}", "last"),
                ("{given}", "VALUES(last)"),
                ("{now}", "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) * 1000"),
            ],
            // Its write lock is taken by the transaction as a whole, and its clock is the machine's.
            Dialect::Sqlite => &[
                ("{hash}", "BLOB"),
                ("{head}", "BLOB"),
                ("{bytes}", "BLOB"),
                ("{tail}", ""),
                ("{for update}", ""),
                ("{skip locked}", ""),
                ("{or, of what is there,}", "ON CONFLICT (spread) DO UPDATE SET"),
                ("{there}", "upto_counters.last"),
                ("{given}", "excluded.last"),
            ],
        }
    }

    /// How a transaction that writes begins. Every statement has to see what was committed before
    /// it, since what it decides on may have been waited for.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Dialect::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
            // The level is set when connecting.
            Dialect::MySql => "START TRANSACTION",
            Dialect::Sqlite => "BEGIN IMMEDIATE",
        }
    }

    /// What every connection is told first.
    pub(super) fn greeting(self) -> &'static [&'static str] {
        match self {
            Dialect::Postgres => &[],
            Dialect::MySql => &[
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                // As long as a name may be: it would compare the first 1024 bytes only when sorting.
                "SET SESSION max_sort_length = 65536, SESSION sort_buffer_size = 4194304",
            ],
            Dialect::Sqlite => {
                &["PRAGMA busy_timeout = 5000", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"]
            }
        }
    }

    /// What gives back the room of what was removed, where the engine does not do so by itself. It can't be in a
    /// transaction.
    pub(super) fn compaction(self) -> &'static [&'static str] {
        match self {
            Dialect::Postgres | Dialect::MySql => &[],
            // The file is written anew, into the log beside it first.
            Dialect::Sqlite => &["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"],
        }
    }

    /// Whether an index is part of its table's definition rather than a statement of its own.
    pub(super) fn has_indexes_in_tables(self) -> bool {
        self == Dialect::MySql
    }
}

/// `?` by `?` to `$1`, `$2`.
fn number_placeholders(statement: &str) -> String {
    let mut pieces = statement.split('?');
    let mut numbered = pieces.next().unwrap_or_default().to_owned();
    for (number, piece) in (1..).zip(pieces) {
        numbered.push_str(&format!("${number}{piece}"));
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_where_they_have_to_be() {
        assert_eq!(Dialect::Postgres.write("a = ? AND b = ?"), "a = $1 AND b = $2");
        assert_eq!(Dialect::MySql.write("a = ? AND b = ?"), "a = ? AND b = ?");
    }

    #[test]
    fn words_are_of_the_dialect() {
        assert_eq!(Dialect::Sqlite.write("SELECT 1 {for update}"), "SELECT 1 ");
        assert_eq!(Dialect::MySql.write("SELECT 1 {for update}"), "SELECT 1 FOR UPDATE");
    }
}
