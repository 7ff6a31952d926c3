//! Whether a server keeps what it confirms.

use std::collections::HashMap;

use redis::{RedisError, cmd};

use super::connection::Connection;
use super::failure::Failure;

/// What has to be set so that a write is on the disk before its answer is sent.
const NEEDED: [(&str, &str); 3] =
    [("appendonly", "yes"), ("appendfsync", "always"), ("no-appendfsync-on-rewrite", "no")];

/// The patterns of the settings that are asked for; versions before 7 take one at a time.
const PATTERNS: [&str; 2] = ["*append*", POLICY];

const POLICY: &str = "maxmemory-policy";

type Settings = HashMap<String, String>;

/// Asks all masters how they write, and whether they throw keys away.
///
/// # Errors
/// [`Failure::NotDurable`] when one does not keep what it confirms, or does not tell.
pub(super) async fn check(connection: &mut Connection) -> Result<(), Failure> {
    let mut masters: Vec<Settings> = Vec::new();
    for pattern in PATTERNS {
        let mut ask = cmd("CONFIG");
        ask.arg("GET").arg(pattern);
        let answers = connection.ask_masters(ask).await.map_err(not_told)?;
        masters.resize(answers.len(), Settings::new());
        masters.iter_mut().zip(answers).for_each(|(master, answer): (_, Settings)| master.extend(answer));
    }
    match masters.iter().find_map(shortcoming) {
        Some(shortcoming) => Err(Failure::NotDurable(shortcoming)),
        None => Ok(()),
    }
}

fn not_told(error: RedisError) -> Failure {
    if refuses(&error) {
        return Failure::NotDurable("it does not say how it writes (CONFIG GET is refused)".to_owned());
    }
    error.into()
}

/// It is an answer, though not the one that was asked for: the connection works.
fn refuses(error: &RedisError) -> bool {
    error.code().is_some_and(|code| matches!(code, "ERR" | "NOPERM"))
}

/// What is set otherwise than needed.
fn shortcoming(settings: &Settings) -> Option<String> {
    let value = |name: &str| settings.get(name).map_or("unknown", String::as_str).to_owned();
    let wrong = NEEDED.iter().filter(|(name, needed)| value(name) != *needed).map(|(name, _)| *name);
    // The other policies throw only keys away that expire, which ours never do.
    let evicts = value(POLICY).starts_with("allkeys").then_some(POLICY);
    let wrong: Vec<_> = wrong.chain(evicts).map(|name| format!("{name} is {:?}", value(name))).collect();
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_told() {
        let settings =
            [("appendonly", "yes"), ("appendfsync", "everysec"), ("maxmemory-policy", "allkeys-lru")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let told = [
            r#"appendfsync is "everysec""#,
            r#"no-appendfsync-on-rewrite is "unknown""#,
            r#"maxmemory-policy is "allkeys-lru""#,
        ];
        assert_eq!(shortcoming(&settings), Some(told.join(", ")));
    }
}
