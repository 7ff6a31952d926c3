//! The units of systemd.

use std::fs;
use std::process::Command;

use super::text;
use crate::programs::upto_server;

const UNITS: [&str; 2] = ["upto-server.service", "upto-agent.service"];
/// What `systemd-analyze security` says at most, of 10: below 2 is "OK" and better.
const EXPOSURE: f64 = 2.0;

/// The units with the program where it is here.
fn units() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for unit in UNITS {
        let program = upto_server().display().to_string();
        let text = text(&format!("packaging/systemd/{unit}")).replace("/usr/bin/upto-server", &program);
        // Manual pages are only there where it is installed.
        let text: String = text
            .lines()
            .filter(|line| !line.starts_with("Documentation="))
            .flat_map(|line| [line, "\n"])
            .collect();
        fs::write(folder.path().join(unit), text).expect("a file");
    }
    folder
}

#[test]
fn systemd_finds_nothing_wrong_with_them() {
    let folder = units();
    for unit in UNITS {
        let verified = Command::new("systemd-analyze").arg("verify").arg(folder.path().join(unit)).output();
        let verified = verified.expect("systemd-analyze, which is part of systemd");
        let said = String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success() && !said.contains(unit), "{said}");
    }
}

#[test]
fn they_are_hardly_exposed() {
    let folder = units();
    for unit in UNITS {
        let judged = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager"])
            .arg(folder.path().join(unit))
            .output()
            .expect("systemd-analyze, which is part of systemd");
        let said = String::from_utf8_lossy(&judged.stdout);
        let line = said
            .lines()
            .find(|line| line.contains("Overall exposure level"))
            .unwrap_or_else(|| panic!("{judged:?}"));
        let level = line.rsplit(": ").next().and_then(|level| level.split(' ').next()).expect("a level");
        let level: f64 = level.parse().expect("a number");
        assert!(level < EXPOSURE, "{unit}: {line}\n{said}");
    }
}

/// The program starts with the calls of the system that the unit lets it have, as far as that can be tried here: with the
/// flags of the unit.
#[test]
fn the_program_takes_the_flags_of_the_units() {
    for (unit, flag) in UNITS.into_iter().zip(["--data", "--spool"]) {
        let text = text(&format!("packaging/systemd/{unit}"));
        let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
        let mut words: Vec<&str> = start.split(' ').skip(1).collect();
        assert!(words.contains(&flag), "{start}");
        words.retain(|word| !word.starts_with('/'));
        words.retain(|word| *word != flag);
        let help = Command::new(upto_server()).args(&words).arg("--help").output().expect("the program");
        assert!(String::from_utf8_lossy(&help.stdout).contains(flag), "{start}");
    }
}
