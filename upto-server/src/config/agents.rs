//! The agents that the server asks, as the file lists them.

use std::path::PathBuf;

use serde::Deserialize;

use super::layer::Layer;
use crate::agent::{Target, TokenSource};

/// Agents at most: each is asked by a thread of its own.
const AGENTS: usize = 1_000;

/// One agent, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedAgent {
    url: String,
    #[serde(default, rename = "token-file", alias = "token_file")]
    token_file: Option<PathBuf>,
    #[serde(default)]
    ca: Option<PathBuf>,
}

/// The agents, or what is wrong with them.
pub(super) fn targets(given: &Layer) -> Result<Vec<Target>, Vec<String>> {
    let listed = given.agents.as_deref().unwrap_or_default();
    let mut problems: Vec<_> = listed.iter().filter_map(fault).collect();
    if listed.len() > AGENTS {
        problems.push(format!("agents: at most {AGENTS}"));
    }
    let target = |ListedAgent { url, token_file, ca }: &ListedAgent| Target {
        url: url.clone(),
        token: token_file.clone().map(TokenSource::File),
        ca: ca.clone(),
    };
    if problems.is_empty() { Ok(listed.iter().map(target).collect()) } else { Err(problems) }
}

fn fault(listed: &ListedAgent) -> Option<String> {
    Target::fault(&listed.url).map(|fault| format!("agents: {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Target>, Vec<String>> {
        targets(&serde_saphyr::from_str(text).map_err(|error| vec![error.to_string()])?)
    }

    #[test]
    fn agents_are_listed_in_the_file() {
        let text = "agents:\n  - url: https://a.example:8080\n    token-file: a.token\n    ca: ca.pem\n  - url: http://[::1]:1\n";
        let token = Some(TokenSource::File("a.token".into()));
        let first = Target { url: "https://a.example:8080".into(), token, ca: Some("ca.pem".into()) };
        let second = Target { url: "http://[::1]:1".into(), token: None, ca: None };
        assert_eq!(read(text), Ok(vec![first, second]));
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn mistakes_are_told_without_what_may_be_secret() {
        let problems =
            read("agents:\n  - url: https://me:secret@h\n  - url: ftp://h\n").expect_err("two mistakes");
        assert_eq!(problems.len(), 2);
        assert!(!problems.concat().contains("secret"), "{problems:?}");
        assert!(read("agents:\n  - uri: http://h\n").is_err());
    }
}
