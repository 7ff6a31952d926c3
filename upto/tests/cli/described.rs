//! Help, completions and manual pages.

use crate::support::{output, refusal, said};

const COMMANDS: [&str; 15] = [
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
    "completions",
    "man",
];

#[test]
fn every_command_has_help_and_a_page() {
    let help = said(&output(["--help"]));
    let page = said(&output(["man"]));
    for command in COMMANDS {
        assert!(help.contains(&format!("  {command} ")), "{help}");
        assert!(said(&output([command, "--help"])).contains(&format!("Usage: upto {command}")), "{command}");
        assert!(page.contains(&format!("upto\\-{command}(1)")), "{page}");
        let own = said(&output(["man", command]));
        assert!(own.contains(".SH NAME") && own.contains(&format!("upto\\-{command}")), "{own}");
    }
    assert!(refusal(&output(["man", "mane"]), 1).contains("\"mane\""));
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
