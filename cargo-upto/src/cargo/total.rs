//! How many packages a build has, asked of cargo beforehand.

use std::collections::HashSet;
use std::ffi::OsString;
use std::process::Stdio;

use super::plan::{Plan, has};

/// Arguments of `cargo build` that `cargo tree` has too and that change which packages there are, and
/// whether a value follows.
const COMMON: [(&str, bool); 16] = [
    ("-p", true),
    ("--package", true),
    ("--workspace", false),
    ("--all", false),
    ("--exclude", true),
    ("-F", true),
    ("--features", true),
    ("--all-features", false),
    ("--no-default-features", false),
    ("--target", true),
    ("--manifest-path", true),
    ("--lockfile-path", true),
    ("--ignore-rust-version", false),
    ("--config", true),
    ("-Z", true),
    ("-C", true),
];

/// With these, development dependencies are built too.
const WITH_TESTS: [&str; 7] =
    ["--all-targets", "--tests", "--test", "--benches", "--bench", "--examples", "--example"];

/// How many packages there are to compile at most. `None` where cargo can't tell without the network or
/// without a lock file; then nobody knows before the end.
pub(crate) fn packages(plan: &Plan) -> Option<usize> {
    let mut command = plan.command("tree");
    command.args(["--frozen", "--prefix", "none", "--format", "{p}"]).args(common(plan.arguments()));
    if plan.subcommand() != "test" && !has(plan.arguments(), &WITH_TESTS) {
        command.args(["--edges", "no-dev"]);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| count(&String::from_utf8_lossy(&output.stdout)))
        .filter(|count| *count > 0)
}

fn common(arguments: &[OsString]) -> Vec<OsString> {
    let mut chosen = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        let (option, has_own_value) = match text.split_once('=') {
            Some((option, _)) if text.starts_with("--") => (option, true),
            _ if text.starts_with("--") => (text.as_ref(), false),
            _ => (text.get(..2).unwrap_or(&text), text.len() > 2),
        };
        if let Some((_, takes_value)) = COMMON.iter().find(|(known, _)| *known == option) {
            chosen.push(argument.clone());
            chosen.extend(arguments.by_ref().take(usize::from(*takes_value && !has_own_value)).cloned());
        }
    }
    chosen
}

/// The different packages of a tree, in which those that come again end in a star.
fn count(tree: &str) -> usize {
    let packages = tree.lines().map(|line| line.trim_end_matches(" (*)").trim());
    packages.filter(|package| !package.is_empty()).collect::<HashSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(arguments: &[&str]) -> String {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        common(&arguments).join(std::ffi::OsStr::new(" ")).into_string().expect("text")
    }

    #[test]
    fn only_what_both_commands_know_is_passed_on() {
        assert_eq!(chosen(&["-p", "a", "--release", "-j", "4", "--features=x"]), "-p a --features=x");
        assert_eq!(chosen(&["-pa", "--profile", "fast", "--features", "x y"]), "-pa --features x y");
        assert_eq!(
            chosen(&["--workspace", "--exclude", "b", "-vv", "--offline", "é"]),
            "--workspace --exclude b"
        );
        assert_eq!(
            chosen(&["--target-dir", "t", "--target", "x86_64-unknown-linux-gnu"]),
            "--target x86_64-unknown-linux-gnu"
        );
        assert_eq!(chosen(&["-p"]), "-p");
    }

    #[test]
    fn a_package_that_comes_again_counts_once() {
        let tree = "a v0.1.0 (/p)\nb v1.0.0 (proc-macro)\nc v1.0.0\nb v1.0.0 (proc-macro) (*)\n\nc v2.0.0\n";
        assert_eq!(count(tree), 4);
    }
}
