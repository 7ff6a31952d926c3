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

/// Flags go before variables, so what a unit says by a flag could not be said otherwise in /etc/default.
#[test]
fn everything_can_be_said_in_the_file_of_settings() {
    for (unit, words, set) in [
        (UNITS[0], &["serve"][..], "UPTO_SERVER_STORE=redb:/var/lib/upto"),
        (UNITS[1], &["agent"][..], "UPTO_AGENT_SPOOL=/var/lib/upto-agent"),
    ] {
        let text = text(&format!("packaging/systemd/{unit}"));
        let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
        assert!(!start.contains(" -"), "{unit}: {start}");
        let variables: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("Environment=")).collect();
        assert_eq!(variables, [set], "{unit}");
        let name = set.split('=').next().expect("a name");
        let help = Command::new(upto_server()).args(words).arg("--help").output().expect("the program");
        assert!(String::from_utf8_lossy(&help.stdout).contains(name), "{unit}: {name}");
    }
}

/// The fleet counts the processes of a host, so whoever does that must see them.
#[test]
fn processes_of_others_are_seen() {
    for unit in UNITS {
        let text = text(&format!("packaging/systemd/{unit}"));
        let hides = |line: &str| line.starts_with("ProtectProc=") || line.starts_with("ProcSubset=");
        assert!(!text.lines().any(hides), "{unit}");
    }
}

/// What docs/agent.md has a reader put beside the agent's unit, for a token that only root can read.
#[test]
fn the_agent_s_unit_can_be_handed_a_token() {
    let folder = units();
    let page = text("docs/agent.md");
    let block = page.split("```ini\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
    assert!(block.contains("LoadCredential=token:") && block.contains("UPTO_AGENT_TOKEN_FILE=%d/token"));
    let place = folder.path().join("upto-agent.service.d");
    fs::create_dir(&place).expect("a folder");
    fs::write(place.join("token.conf"), block).expect("a file");
    let mut verify = Command::new("systemd-analyze");
    verify.arg("verify").arg(folder.path().join("upto-agent.service"));
    verify.env("SYSTEMD_UNIT_PATH", format!("{}:", folder.path().display()));
    let verified = verify.output().expect("systemd-analyze, which is part of systemd");
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !said.contains("token.conf"), "{said}");
}
