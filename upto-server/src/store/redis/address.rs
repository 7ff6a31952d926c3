//! Where a Redis is, as text.

use std::fmt;
use std::path::PathBuf;

use url::Url;

const DEFAULT_PORT: u16 = 6379;
const DEFAULT_PREFIX: &str = "upto";

/// The place of a store on Redis: `redis://HOST[:PORT][/DATABASE]`, `redis+cluster://HOST[:PORT]`,
/// with `rediss` for TLS.
///
/// After a question mark there may be, joined by `&`: `prefix=NAME`, with which all keys begin
/// (`upto`; several stores may share a database); `durability=relaxed`, to take a server that may
/// lose what it confirmed; `ca=FILE`, certificates in PEM to trust instead of the system's; and
/// for a cluster `node=HOST:PORT`, any number of other nodes to begin with.
///
/// Its texts, also for debugging, leave out the user and the password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    pub(super) nodes: Vec<(String, u16)>,
    pub(super) cluster: bool,
    pub(super) tls: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: u16,
    pub(super) prefix: String,
    pub(super) relaxed: bool,
    pub(super) certificates: Option<PathBuf>,
}

impl RedisUrl {
    /// Whether a URL of this scheme names a Redis.
    pub(in crate::store) fn has_scheme(scheme: &str) -> bool {
        matches!(scheme, "redis" | "rediss" | "redis+cluster" | "rediss+cluster")
    }

    /// Reads a URL whose scheme is one of ours.
    ///
    /// # Errors
    /// What is wrong with it, without any part of it that may be secret.
    pub(in crate::store) fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("the Redis URL can't be read: {error}"))?;
        let mut parsed = RedisUrl {
            nodes: vec![node(&url)?],
            cluster: url.scheme().ends_with("+cluster"),
            tls: url.scheme().starts_with("rediss"),
            user: decoded(url.username(), "user")?,
            password: decoded(url.password().unwrap_or_default(), "password")?,
            database: 0,
            prefix: DEFAULT_PREFIX.to_owned(),
            relaxed: false,
            certificates: None,
        };
        parsed.database = parsed.database(url.path())?;
        for (name, value) in url.query_pairs() {
            parsed.set(&name, &value)?;
        }
        Ok(parsed)
    }

    fn database(&self, path: &str) -> Result<u16, String> {
        match path.trim_start_matches('/') {
            "" => Ok(0),
            _ if self.cluster => {
                Err("a Redis Cluster has no databases: end its URL after the port".to_owned())
            }
            number => number.parse().map_err(|_| "a Redis database is a number".to_owned()),
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match (name, value) {
            ("durability", "relaxed") => self.relaxed = true,
            ("durability", "strict") => self.relaxed = false,
            ("durability", _) => return Err("durability is strict or relaxed".to_owned()),
            ("prefix", _) => self.prefix = prefix(value)?,
            ("ca", _) if !self.tls => return Err("ca needs TLS: write rediss".to_owned()),
            ("ca", _) => self.certificates = Some(PathBuf::from(value)),
            ("node", _) if !self.cluster => {
                return Err("node is for a cluster: write redis+cluster or rediss+cluster".to_owned());
            }
            ("node", _) => self.nodes.push(other_node(value)?),
            _ => return Err(format!("a Redis URL has no option {name:?}")),
        }
        Ok(())
    }
}

fn node(url: &Url) -> Result<(String, u16), String> {
    match url.host_str() {
        None | Some("") => Err("a Redis URL needs a host".to_owned()),
        Some(host) => Ok((host.to_owned(), url.port().unwrap_or(DEFAULT_PORT))),
    }
}

fn other_node(text: &str) -> Result<(String, u16), String> {
    let url = Url::parse(&format!("redis://{text}")).ok();
    let plain = url.filter(|url| url.username().is_empty() && url.password().is_none());
    let plain =
        plain.filter(|url| url.path().is_empty() && url.query().is_none() && url.fragment().is_none());
    plain.ok_or_else(|| "a node is HOST:PORT".to_owned()).and_then(|url| node(&url))
}

/// Braces would move the hash tag that keeps keys together.
fn prefix(text: &str) -> Result<String, String> {
    let plain = |each: char| each.is_ascii_alphanumeric() || "-_.".contains(each);
    match text.len() {
        1..=64 if text.chars().all(plain) => Ok(text.to_owned()),
        _ => Err("a prefix is 1 to 64 of A-Z a-z 0-9 - _ .".to_owned()),
    }
}

fn decoded(part: &str, what: &str) -> Result<Option<String>, String> {
    let text = percent_encoding::percent_decode_str(part).decode_utf8();
    let text = text.map_err(|_| format!("the {what} in the Redis URL is not UTF-8"))?;
    Ok((!text.is_empty()).then(|| text.into_owned()))
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = if self.tls { "s" } else { "" };
        let cluster = if self.cluster { "+cluster" } else { "" };
        write!(formatter, "redis{tls}{cluster}://")?;
        if let Some((host, port)) = self.nodes.first() {
            write!(formatter, "{host}:{port}")?;
        }
        if !self.cluster {
            write!(formatter, "/{}", self.database)?;
        }
        let options = self.options();
        if options.is_empty() { Ok(()) } else { write!(formatter, "?{options}") }
    }
}

impl RedisUrl {
    /// What differs from the defaults.
    fn options(&self) -> String {
        let mut options = url::form_urlencoded::Serializer::new(String::new());
        for (host, port) in self.nodes.iter().skip(1) {
            options.append_pair("node", &format!("{host}:{port}"));
        }
        if self.prefix != DEFAULT_PREFIX {
            options.append_pair("prefix", &self.prefix);
        }
        if self.relaxed {
            options.append_pair("durability", "relaxed");
        }
        if let Some(file) = &self.certificates {
            options.append_pair("ca", &file.to_string_lossy());
        }
        options.finish()
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests;
