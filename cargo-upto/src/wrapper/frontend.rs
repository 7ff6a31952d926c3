//! The two halves of compiling a library: until others can use its metadata, and the code that is generated after that.
//!
//! Cargo asks `rustc` to say when the metadata are there, since crates that need no more than these can begin then. What
//! `rustc` says so is heard on its way to cargo.

use std::io;
use std::process::Command;

use super::rustc::Arguments;
use crate::process::{self, Ended};

const FRONTEND: &str = "frontend";
const CODEGEN: &str = "codegen";

/// Runs `rustc`, with its halves as events where it tells them.
///
/// # Errors
/// It can't be started.
pub(super) fn run(arguments: &Arguments, command: &mut Command) -> io::Result<Ended> {
    if !tells_halves(arguments) {
        return process::run(command);
    }
    let mut half = Some(upto::event(FRONTEND));
    let mut is_frontend = true;
    let result = process::run_heard(command, |line| {
        if is_frontend && is_metadata(line) {
            is_frontend = false;
            // One ends before the other begins.
            drop(half.take());
            half = Some(upto::event(CODEGEN));
        }
    });
    if let (Some(half), Ok(ended)) = (&half, &result)
        && !ended.status.success()
    {
        half.fail(ended.status);
    }
    result
}

/// Whether `rustc` makes metadata and code, and says when it has made the first.
fn tells_halves(arguments: &Arguments) -> bool {
    let has = |option, word: &str| {
        arguments
            .values(option)
            .any(|values| values.split(',').any(|value| value.split('=').next() == Some(word)))
    };
    has("--json", "artifacts") && has("--emit", "metadata") && has("--emit", "link")
}

/// A message of `rustc` for cargo: within a diagnostic, quotes have backslashes before them.
fn is_metadata(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    line.starts_with('{') && line.contains("\"artifact\":") && line.contains("\"emit\":\"metadata\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_the_metadata_is_told_from_others() {
        let said = br#"{"$message_type":"artifact","artifact":"/t/liba.rmeta","emit":"metadata"}"#;
        assert!(is_metadata(said));
        assert!(!is_metadata(br#"{"$message_type":"artifact","artifact":"/t/liba.rlib","emit":"link"}"#));
        let diagnostic = br#"{"message":"{\"artifact\":1,\"emit\":\"metadata\"}"}"#;
        assert!(!is_metadata(diagnostic));
        assert!(!is_metadata(b"error: no"));
    }

    #[test]
    fn only_libraries_whose_code_is_made_have_halves() {
        let json = "--json=diagnostic-rendered-ansi,artifacts,future-incompat";
        assert!(tells_halves(&[json, "--emit=dep-info,metadata,link"].into()));
        assert!(!tells_halves(&[json, "--emit=dep-info,metadata"].into()));
        assert!(!tells_halves(&[json, "--emit=dep-info,link"].into()));
        assert!(!tells_halves(&["--emit=dep-info,metadata,link"].into()));
    }
}
