//! Where a database is, without ever showing who may enter it.

use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::dialect::Dialect;

/// What a path may hold unescaped in the URL that the driver reads.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// The parameters that PostgreSQL's driver reads. It would log others with their values.
const POSTGRES_PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// The parameters that MySQL's driver reads. It would ignore others, even one that asks for TLS.
const MYSQL_PARAMETERS: &[&str] =
    &["socket", "ssl-ca", "ssl-cert", "ssl-key", "ssl-mode", "sslca", "sslcert", "sslkey", "sslmode"];

/// The place of a database. `Debug` and `Display` show the engine, the host and the database, and
/// neither user, password nor parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlUrl {
    dialect: Dialect,
    place: Place,
}

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Server(Url),
    File(PathBuf),
}

impl SqlUrl {
    /// Reads `scheme:rest` of a scheme for which [`Dialect::of_scheme`] has an engine.
    ///
    /// # Errors
    /// What is wrong with it, without repeating any of its secrets.
    pub(crate) fn parse(dialect: Dialect, scheme: &str, rest: &str) -> Result<Self, String> {
        let place = match dialect {
            Dialect::Sqlite => Place::File(file(rest)?),
            Dialect::Postgres => Place::Server(server(scheme, rest, POSTGRES_PARAMETERS)?),
            Dialect::MySql => Place::Server(server(scheme, rest, MYSQL_PARAMETERS)?),
        };
        Ok(SqlUrl { dialect, place })
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The file of a database that is one.
    pub(in crate::store) fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Server(_) => None,
        }
    }

    /// What the driver reads. It holds the password.
    pub(super) fn for_driver(&self) -> Result<Url, String> {
        match &self.place {
            Place::Server(url) => Ok(url.clone()),
            Place::File(path) => {
                let path = path.to_str().ok_or("the path of an SQLite file has to be UTF-8")?;
                let text = format!("sqlite:{}?mode=rwc", utf8_percent_encode(path, PATH));
                Url::parse(&text).map_err(|error| error.to_string())
            }
        }
    }

    /// The engine and the place, for people: `postgres db.example:5432/upto`.
    pub(super) fn description(&self) -> String {
        format!("{} {}", self.dialect.name(), self.place)
    }
}

fn file(rest: &str) -> Result<PathBuf, String> {
    // `sqlite:///path` is how other programs write it.
    match rest.strip_prefix("//").unwrap_or(rest) {
        "" => Err("sqlite: needs a file".to_owned()),
        ":memory:" => Err("sqlite: needs a file; memory: keeps nothing".to_owned()),
        path => Ok(PathBuf::from(path)),
    }
}

fn server(scheme: &str, rest: &str, parameters: &[&str]) -> Result<Url, String> {
    if !rest.starts_with("//") {
        return Err(format!("{scheme}: needs //HOST/DATABASE"));
    }
    let url = Url::parse(&format!("{scheme}:{rest}")).map_err(|error| format!("{scheme}: {error}"))?;
    if let Some((unknown, _)) = url.query_pairs().find(|(name, _)| !parameters.contains(&name.as_ref())) {
        return Err(format!("{scheme}: unknown parameter {unknown:?}, known are {}", parameters.join(", ")));
    }
    Ok(url)
}

impl fmt::Display for SqlUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Server(url) => write!(formatter, "{}://{}", url.scheme(), self.place),
            Place::File(_) => write!(formatter, "sqlite:{}", self.place),
        }
    }
}

impl fmt::Debug for SqlUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SqlUrl({self})")
    }
}

/// Host, port and database, or the path.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => write!(formatter, "{}", path.display()),
            Place::Server(url) => {
                formatter.write_str(url.host_str().unwrap_or_default())?;
                if let Some(port) = url.port() {
                    write!(formatter, ":{port}")?;
                }
                formatter.write_str(url.path())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SqlUrl, String> {
        let (scheme, rest) = text.split_once(':').expect("a scheme");
        SqlUrl::parse(Dialect::of_scheme(scheme).expect("an engine"), scheme, rest)
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn credentials_and_parameters_are_never_shown() {
        let url =
            parse("postgres://bob:s%33cret@db.example:5433/upto?password=hidden&user=eve").expect("a url");
        assert_eq!(url.to_string(), "postgres://db.example:5433/upto");
        assert_eq!(format!("{url:?}"), "SqlUrl(postgres://db.example:5433/upto)");
        assert_eq!(url.description(), "postgres db.example:5433/upto");
        assert!(url.for_driver().expect("a url").as_str().contains("s%33cret"));
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn mistakes_are_told_without_secrets() {
        for text in [
            "postgres://bob:hidden@host:port/upto",
            "postgres://bob:hidden@host/upto?pasword=hidden",
            "postgres:bob:hidden",
        ] {
            let problem = parse(text).expect_err("a mistake");
            assert!(!problem.contains("hidden"), "{problem}");
        }
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn a_parameter_that_would_be_ignored_is_refused() {
        let problem = parse("mysql://host/upto?sslrootcert=ca.pem").expect_err("unknown to this driver");
        assert!(problem.contains("unknown parameter \"sslrootcert\", known are socket, ssl-ca"), "{problem}");
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_file_is_taken_as_it_stands() {
        for (text, path) in
            [("sqlite:a b%20?c", "a b%20?c"), ("sqlite:///x/y", "/x/y"), ("sqlite:./z", "./z")]
        {
            assert_eq!(parse(text).expect("a file").file(), Some(Path::new(path)));
        }
        let url = parse("sqlite:a b%20?c").expect("a file");
        assert_eq!(url.for_driver().expect("a url").as_str(), "sqlite:a%20b%2520%3Fc?mode=rwc");
        assert!(parse("sqlite:").is_err() && parse("sqlite::memory:").is_err());
    }
}
