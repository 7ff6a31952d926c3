//! Where the data is, as text: `redb:./upto-data`, `memory:`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

#[cfg(feature = "redis")]
use super::redis::RedisUrl;
#[cfg(feature = "_sql")]
use super::sql::{Dialect, SqlUrl};

/// The place of a store.
// A new back end adds a variant here, a line to `ALLOWED`, an arm to `from_str`, to `Display` and to
// `open` in `store.rs`, and a line to the conformance suite in `tests/it/store.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreUrl {
    /// `memory:` keeps everything until the process ends.
    Memory,
    /// `redb:DIR` keeps everything in this folder, which is created when it is missing. The path
    /// is taken as it stands: nothing in it is decoded or expanded.
    Redb(PathBuf),
    /// `redis://HOST`, `redis+cluster://HOST`: Redis, Valkey, or a cluster of them.
    #[cfg(feature = "redis")]
    Redis(RedisUrl),
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, the same with `mysql:`, or `sqlite:FILE`: tables in
    /// an SQL database.
    #[cfg(feature = "_sql")]
    Sql(SqlUrl),
}

/// What is allowed, as people have to write it.
const ALLOWED: &[(&str, &str)] = &[
    ("redb:DIR", "a folder on this machine"),
    #[cfg(feature = "redis")]
    ("redis://USER:PASSWORD@HOST:PORT/DATABASE", "Redis or Valkey; rediss:// with TLS"),
    #[cfg(feature = "redis")]
    ("redis+cluster://USER:PASSWORD@HOST:PORT", "Redis Cluster; rediss+cluster:// with TLS"),
    #[cfg(feature = "postgres")]
    ("postgres://USER:PASSWORD@HOST/DATABASE", "tables in PostgreSQL"),
    #[cfg(feature = "mysql")]
    ("mysql://USER:PASSWORD@HOST/DATABASE", "tables in MySQL or MariaDB"),
    #[cfg(feature = "sqlite")]
    ("sqlite:FILE", "an SQLite file on this machine"),
    ("memory:", "kept until the process ends"),
];

/// A text that names no store. The message lists what would.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem}; a store is one of: {}", allowed())]
pub struct InvalidStoreUrl {
    problem: String,
}

impl InvalidStoreUrl {
    fn new(problem: impl Into<String>) -> Self {
        InvalidStoreUrl { problem: problem.into() }
    }
}

fn allowed() -> String {
    let lines = ALLOWED.iter().map(|(form, meaning)| format!("{form} ({meaning})"));
    lines.collect::<Vec<_>>().join(", ")
}

impl StoreUrl {
    /// The file that there is when there is such a store, if that is a file on this machine.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match self {
            StoreUrl::Redb(folder) => Some(super::redb::data_file(folder)),
            #[cfg(feature = "_sql")]
            StoreUrl::Sql(url) => url.file().map(ToOwned::to_owned),
            _ => None,
        }
    }
}

impl Default for StoreUrl {
    /// `redb:./upto-data`.
    fn default() -> Self {
        StoreUrl::Redb(PathBuf::from("./upto-data"))
    }
}

impl FromStr for StoreUrl {
    type Err = InvalidStoreUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, place)) = text.split_once(':') else {
            return Err(InvalidStoreUrl::new(format!("{text:?} has no scheme")));
        };
        match (scheme, place) {
            ("memory", "") => Ok(StoreUrl::Memory),
            ("memory", _) => Err(InvalidStoreUrl::new("memory: takes no place")),
            ("redb", "") => Err(InvalidStoreUrl::new("redb: needs a folder")),
            ("redb", folder) => Ok(StoreUrl::Redb(PathBuf::from(folder))),
            #[cfg(feature = "redis")]
            _ if RedisUrl::has_scheme(scheme) => {
                RedisUrl::parse(text).map(StoreUrl::Redis).map_err(InvalidStoreUrl::new)
            }
            _ => database(scheme, place),
        }
    }
}

/// A store in an SQL database.
fn database(scheme: &str, place: &str) -> Result<StoreUrl, InvalidStoreUrl> {
    #[cfg(feature = "_sql")]
    if let Some(dialect) = Dialect::of_scheme(scheme) {
        return SqlUrl::parse(dialect, scheme, place).map(StoreUrl::Sql).map_err(InvalidStoreUrl::new);
    }
    let _ = place;
    // The rest of it stays unsaid: it may hold a password.
    Err(InvalidStoreUrl::new(format!("unknown scheme {scheme:?}")))
}

/// The text that [`FromStr`] takes; of databases without user, password and parameters; a folder that is not UTF-8 is shown as well as it can be.
impl fmt::Display for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreUrl::Memory => formatter.write_str("memory:"),
            StoreUrl::Redb(folder) => write!(formatter, "redb:{}", folder.display()),
            #[cfg(feature = "redis")]
            StoreUrl::Redis(url) => write!(formatter, "{url}"),
            #[cfg(feature = "_sql")]
            StoreUrl::Sql(url) => write!(formatter, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        text.parse::<StoreUrl>().expect_err("not a store").to_string()
    }

    #[test]
    fn every_form_reads_back_as_it_is_written() {
        for text in ["memory:", "redb:./upto-data", "redb:/var/lib/upto", r"redb:C:\data", "redb:a b%20"] {
            let url: StoreUrl = text.parse().expect("a store");
            assert_eq!(url.to_string(), text);
        }
    }

    #[test]
    fn the_default_is_a_folder_right_here() {
        assert_eq!(StoreUrl::default().to_string(), "redb:./upto-data");
    }

    #[test]
    fn a_wrong_one_is_told_what_is_allowed() {
        let unknown = problem("floppy:x");
        assert!(unknown.starts_with(
            "unknown scheme \"floppy\"; a store is one of: redb:DIR (a folder on this machine), "
        ));
        assert!(unknown.ends_with(", memory: (kept until the process ends)"));
        assert!(problem("upto-data").starts_with("\"upto-data\" has no scheme;"));
        assert!(problem("redb:").starts_with("redb: needs a folder;"));
        assert!(problem("memory:x").starts_with("memory: takes no place;"));
        assert!(problem("").starts_with("\"\" has no scheme;"));
    }

    #[test]
    fn a_password_is_not_repeated() {
        for text in ["floppy://me:secret@host/db", "mysql://me:secret@host:port/db", "postgres:me:secret"] {
            assert!(!problem(text).contains("secret"), "{text}");
        }
    }
}
