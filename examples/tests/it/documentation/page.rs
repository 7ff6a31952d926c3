//! A page, and running its commands.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::block::Block;
use crate::programs::{quiet, upto};
use crate::reader::Reader;

/// The page's server, as everybody writes it.
const HTTP: &str = "127.0.0.1:8080";

/// In the place of cargo: what would be built and run is there already. What the program has sent is waited for, since the
/// next command may look at it.
const CARGO: &str = r#"#!/bin/sh
set -eu
case "$1" in
    run) ;;
    *) echo "cargo $1 is not for documents: say why it is not run" >&2 && exit 2 ;;
esac
shift
while [ $# -gt 0 ]; do
    case "$1" in
        --release) shift ;;
        --bin) program=$2 && shift 2 ;;
        --) shift && break ;;
        *) echo "what is $1?" >&2 && exit 2 ;;
    esac
done
"$program" "$@"
exec timeout 20 sh -c 'until curl -fsS "$UPTO_URL/api/contexts" | grep -q "\"$0\""; do :; done' "$program"
"#;

/// In the place of the command: what sends goes by datagram, as it does for who types it. People take longer to type the
/// next line than it takes to deliver the last one; so here, it is waited until the server has taken more than before.
const UPTO: &str = r#"#!/bin/sh
case "$1" in
    run) messages=2 ;;
    start|end|event|point|new) messages=1 ;;
    *) exec "$UPTO_ITSELF" "$@" ;;
esac
taken() { curl -fsS "$UPTO_URL/metrics" | awk '/^upto_messages_total/ { sum += $2 } END { print sum }'; }
all=$(($(taken) + messages))
status=0
env -u UPTO_URL "$UPTO_ITSELF" "$@" || status=$?
until [ "$(taken)" -ge "$all" ]; do :; done
exit $status
"#;

/// In the place of curl: what is refused is a failure, which curl itself says of no answer.
const CURL: &str = r#"#!/bin/sh
case " $* " in
    *" --fail-with-body "*) exec /usr/bin/curl "$@" ;;
    *) exec /usr/bin/curl --fail "$@" ;;
esac
"#;

pub(super) struct Page {
    path: PathBuf,
    pub(super) blocks: Vec<Block>,
}

impl Page {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a page");
        Page { path: path.to_owned(), blocks: Block::all(&text) }
    }

    /// Runs the blocks that are to be run, and says how many those are.
    pub(super) fn run(&self) -> usize {
        let blocks: Vec<&Block> = self.blocks.iter().filter(|block| block.left_out.is_none()).collect();
        if blocks.is_empty() {
            return 0;
        }
        let (reader, folder) = (Reader::new(), tempfile::tempdir().expect("a folder"));
        let tools = folder.path().join("tools");
        fs::create_dir(&tools).expect("a folder");
        for (name, script) in [("cargo", CARGO), ("upto", UPTO), ("curl", CURL)] {
            fs::write(tools.join(name), script).expect("a file");
            fs::set_permissions(tools.join(name), fs::Permissions::from_mode(0o755)).expect("permissions");
        }
        blocks.iter().for_each(|block| self.run_block(block, &reader, folder.path(), &tools));
        blocks.len()
    }

    fn run_block(&self, block: &Block, reader: &Reader, folder: &Path, tools: &Path) {
        let url = reader.url();
        let commands = block.commands.replace(HTTP, url.trim_start_matches("http://"));
        // What goes on for ever has to be marked as such.
        let mut bash = quiet("timeout");
        let path = bash.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value);
        let known = path.expect("it has one").to_owned();
        let all = std::iter::once(tools.to_owned()).chain(std::env::split_paths(&known));
        bash.env("PATH", std::env::join_paths(all).expect("folders"));
        bash.env("UPTO_ITSELF", upto());
        bash.env("UPTO_SERVER", reader.udp()).env("UPTO_URL", &url).current_dir(folder);
        let said = self.assert_success(block, bash.args(["60", "bash", "-euo", "pipefail", "-c", &commands]));
        for word in block.shown.iter().flat_map(|shown| words(shown)) {
            let place = format!("{}:{}", self.path.display(), block.line);
            assert!(said.contains(word), "{place}: shows {word:?}, which is not in what is printed:\n{said}");
        }
    }

    /// What it prints.
    fn assert_success(&self, block: &Block, command: &mut Command) -> String {
        let output = command.output().expect("bash");
        let place = format!("{}:{}", self.path.display(), block.line);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(
            output.status.success(),
            "{place}: {}\n{}\n{}{}",
            output.status,
            block.commands,
            said[0],
            said[1]
        );
        said.concat()
    }
}

/// What a step did that takes as long as before, but for what the machine makes of it.
const BY_CHANCE: [&str; 2] = ["grew", "shrank"];

/// What is the same each time: names, states and words, but no figures, and none of what an ellipsis stands for.
fn words(shown: &str) -> impl Iterator<Item = &str> {
    let lines = shown.lines().filter(|line| !line.contains('…'));
    let words = lines.flat_map(str::split_whitespace);
    words.map(|word| word.trim_matches(|character: char| !character.is_alphanumeric())).filter(|word| {
        let is_same = word.len() > 2 && !BY_CHANCE.contains(word);
        is_same && word.chars().all(|character| character.is_alphabetic() || "._-".contains(character))
    })
}

#[test]
fn words_are_what_is_the_same_each_time() {
    let shown =
        "nightly  2026-11-20T14:00:16Z  done in 2.4 s, 3 events\n  backup.dump ▇▇  1.2 s\n  …  more\n";
    assert_eq!(words(shown).collect::<Vec<_>>(), ["nightly", "done", "events", "backup.dump"]);
}
