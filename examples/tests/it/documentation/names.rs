//! What pages name: files of the sources, commands of the programs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::root;
use crate::programs::{upto, upto_server};

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All files and folders that git knows, without the ends of their names.
fn known() -> BTreeSet<String> {
    let listed = Command::new("git").current_dir(root()).arg("ls-files").output().expect("git");
    let names = String::from_utf8(listed.stdout).expect("text");
    let mut known = BTreeSet::new();
    for name in names.lines() {
        known.extend(Path::new(name).ancestors().map(|part| part.display().to_string()));
        known.insert(Path::new(name).with_extension("").display().to_string());
    }
    known
}

/// The map is the first thing that somebody reads, and the first that is forgotten when a file moves.
#[test]
fn the_map_names_what_is_there() {
    let (text, known) = (page("ARCHITECTURE.md"), known());
    let words = text.split('`').skip(1).step_by(2);
    // Keys of the store have parts in braces, and addresses of the API begin with a slash.
    let is_path = |word: &&str| {
        let is_part = |character: char| character.is_ascii_alphanumeric() || "/_.-".contains(character);
        let is_key = word.ends_with(|last: char| last.is_ascii_digit());
        word.contains('/')
            && word.chars().all(is_part)
            && !word.starts_with('/')
            && !word.ends_with('/')
            && !is_key
    };
    let paths: Vec<&str> = words.filter(is_path).collect();
    assert!(paths.len() > 40, "{paths:?}");
    for path in paths {
        let is_there = known.contains(path) || known.iter().any(|name| name.ends_with(&format!("/{path}")));
        assert!(is_there, "ARCHITECTURE.md: there is no {path}");
    }
}

/// The commands that a program lists.
fn commands(program: &Path) -> Vec<String> {
    let help = Command::new(program).arg("--help").output().expect("the program");
    let help = String::from_utf8(help.stdout).expect("text");
    let lines =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names =
        lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    assert!(names.len() > 5, "{help}");
    names
}

#[test]
fn every_command_is_in_the_form_of_its_page() {
    for (program, path) in [(upto(), "docs/command.md"), (upto_server(), "upto-server/README.md")] {
        let text = page(path);
        let forms =
            text.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the forms");
        let words: BTreeSet<&str> = forms.split([' ', '|', '[', ']', '\n']).collect();
        for command in commands(&program) {
            assert!(words.contains(command.as_str()), "{path} has no {command}");
        }
    }
}
