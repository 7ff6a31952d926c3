//! Help, completions and manual pages.

use crate::support::{output, refusal, said};

/// All of them, in the order in which they are listed.
const COMMANDS: [&str; 22] = [
    "new",
    "start",
    "end",
    "event",
    "run",
    "pulse",
    "cancel",
    "log",
    "ping",
    "contexts",
    "timelines",
    "show",
    "watch",
    "clusters",
    "compare",
    "blame",
    "critical-path",
    "export",
    "gate",
    "fleet",
    "completions",
    "man",
];

#[test]
fn every_command_has_help_and_a_page() {
    let help = said(&output(["--help"]));
    let page = said(&output(["man"]));
    for command in COMMANDS {
        let roff = format!("upto\\-{}", command.replace('-', "\\-"));
        assert!(said(&output([command, "--help"])).contains(&format!("Usage: upto {command}")), "{command}");
        assert!(page.contains(&format!("{roff}(1)")), "{page}");
        let own = said(&output(["man", command]));
        assert!(own.contains(".SH NAME") && own.contains(&roff), "{own}");
    }
    assert_eq!(listed(&help), COMMANDS);
    assert!(refusal(&output(["man", "mane"]), 1).contains("\"mane\""));
}

/// The commands that a help text lists, but `help` itself.
fn listed(help: &str) -> Vec<&str> {
    let lines =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What a long description goes on with stands further right.
    let names =
        lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}

/// Whoever has nothing yet is told what to type first.
#[test]
fn the_help_says_how_to_begin() {
    let help = said(&output(["--help"]));
    for line in ["upto run --context hello -- sleep 1", "upto show hello"] {
        assert!(help.contains(line), "{help}");
    }
}

#[test]
fn every_option_of_a_command_is_completed() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = said(&output(["completions", shell]));
        for word in ["output-tail", "timelines", "remotehost", "depth"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_version_is_told() {
    assert_eq!(said(&output(["--version"])), concat!("upto ", env!("CARGO_PKG_VERSION"), "\n"));
}
