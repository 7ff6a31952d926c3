//! The command `upto-server`: what it prints and how it ends.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{ServerProcess, command};

fn run(command: &mut Command) -> Output {
    command.output().expect("the server's binary")
}

/// The one line that a server that can't start says.
fn refusal(output: &Output) -> String {
    line_of(output, 1)
}

/// The one line that a server that is told something wrong says.
fn mistake(output: &Output) -> String {
    line_of(output, 2)
}

fn line_of(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr.clone()).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

fn anywhere(folder: &Path) -> Command {
    let mut command = command();
    command.args(["serve", "--udp", "0", "--http", "0", "--data"]).arg(folder);
    command
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = ServerProcess::start(&folder.path().join("first"));
    let udp = run(anywhere(&folder.path().join("second")).args(["--udp", &first.client.udp.to_string()]));
    assert!(udp.status.code() == Some(2), "given twice: {udp:?}");
    for flag in ["--udp", "--http"] {
        let taken = if flag == "--udp" {
            first.client.udp.to_string()
        } else {
            first.client.url.replace("http://", "")
        };
        let other = if flag == "--udp" { "--http" } else { "--udp" };
        let refused =
            run(command().args([flag, &taken, other, "0", "--data"]).arg(folder.path().join("second")));
        let line = refusal(&refused);
        assert!(line.contains(&taken) && line.contains("port is taken"), "{line}");
    }
}

#[test]
fn a_folder_that_another_server_has_open_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = ServerProcess::start(folder.path());
    first.client.post(r#"{"context":"c","name":"n","type":"event"}"#);
    let line = refusal(&run(&mut anywhere(folder.path())));
    assert!(line.contains("another") && line.contains("--store redb:"), "{line}");
    assert_eq!(first.client.eventually_events("c", 1).len(), 1);
}

#[test]
fn a_damaged_folder_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    ServerProcess::start(folder.path()).kill();
    let file = folder.path().join("upto.redb");
    std::fs::write(&file, b"this is not a database").expect("written");
    let line = refusal(&run(&mut anywhere(folder.path())));
    assert!(line.contains("upto.redb") || line.contains(&folder.path().display().to_string()), "{line}");
    assert_eq!(std::fs::read(&file).expect("still there"), b"this is not a database");
}

#[test]
fn settings_come_from_flags_variables_and_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("upto.yaml"), "udp: nonsense\nstore: 'floppy:'\n").expect("written");
    let by_file = run(command().current_dir(folder.path()).args(["--http", "0"]));
    let text = String::from_utf8(by_file.stderr).expect("text");
    assert!(text.contains("udp \"nonsense\"") && text.contains("floppy"), "{text}");
    let by_variable = run(command()
        .current_dir(folder.path())
        .env("UPTO_SERVER_UDP", "elsewhere")
        .args(["--store", "memory:"]));
    let text = String::from_utf8(by_variable.stderr).expect("text");
    assert!(text.contains("udp \"elsewhere\"") && !text.contains("floppy"), "{text}");
    std::fs::write(folder.path().join("upto.yaml"), "upd: 1\n").expect("written");
    let typo = run(command().current_dir(folder.path()).args(["--http", "0"]));
    let text = String::from_utf8(typo.stderr).expect("text");
    assert!(text.contains("upto.yaml") && text.contains("line 1") && text.contains("upd"), "{text}");
    assert_eq!(typo.status.code(), Some(2));
}

/// Nothing but what the refusal says of the store tells which one was chosen, so every case is a bad one.
#[test]
fn of_store_and_data_the_highest_layer_that_says_one_wins() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |yaml: &str, variables: &[(&str, &str)], flags: &[&str]| {
        std::fs::write(folder.path().join("upto.yaml"), yaml).expect("written");
        let variables = variables.iter().copied();
        mistake(&run(command().current_dir(folder.path()).envs(variables).args(flags)))
    };
    let (data, store) = ("UPTO_SERVER_DATA", "UPTO_SERVER_STORE");
    assert!(at("data: here\n", &[(data, "there")], &["--store", "floppy:"]).contains("floppy"));
    assert!(at("data: here\n", &[(store, "tape:")], &[]).contains("tape"));
    assert!(at("data: here\n", &[(store, "tape:")], &["--data", "upto.yaml"]).contains("not a folder"));
    assert!(at("store: 'cards:'\n", &[(store, ""), (data, "")], &[]).contains("cards"));
    let both = at("", &[], &["--store", "memory:", "--data", "x"]);
    assert!(both.contains("--store and --data: say one"), "{both}");
    let both = at("", &[(store, "memory:"), (data, "x")], &[]);
    assert!(both.contains("UPTO_SERVER_STORE and UPTO_SERVER_DATA: say one"), "{both}");
    let both = at("data: x\nstore: 'memory:'\n", &[], &[]);
    assert!(both.contains("in the file: say one"), "{both}");
}

#[test]
fn settings_out_of_range_are_told_clearly() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |yaml: &str, flags: &[&str]| {
        std::fs::write(folder.path().join("upto.yaml"), yaml).expect("written");
        run(command().current_dir(folder.path()).args(flags))
    };
    let port = mistake(&at("udp: 70000\n", &[]));
    assert!(port.contains("udp \"70000\": a port is a number from 0 to 65535"), "{port}");
    let memory = mistake(&at("", &["--memory", "0"]));
    assert_eq!(memory, "upto-server: memory 0: at least 1 (MiB)\n");
    for (store, told) in [
        ("floppy:me:secret", "unknown scheme \"floppy\"; a store is one of: redb:DIR"),
        ("nowhere", "has no scheme; a store is one of: redb:DIR"),
        ("redb:", "redb: needs a folder"),
        ("redis://host:99999999", "a store is one of: redb:DIR"),
        ("postgres://me:secret@host:x/y", "a store is one of: redb:DIR"),
        ("memory:here", "memory: takes no place"),
    ] {
        let line = mistake(&at("", &["--store", store]));
        assert!(line.starts_with("upto-server: store ") && line.contains(told), "{store}: {line}");
        assert!(!line.contains("secret"), "{line}");
    }
    for key in ["no-auth", "no_auth"] {
        let line = mistake(&at(&format!("{key}: true\nhttp: 0.0.0.0:0\nstore: 'floppy:'\n"), &[]));
        assert!(line.contains("floppy") && !line.contains("--no-auth"), "{line}");
        let line = refusal(&at(&format!("{key}: true\nhttp: 0.0.0.0:0\n"), &["--no-auth=false"]));
        assert!(line.contains("--no-auth"), "{line}");
    }
}

#[test]
fn a_file_that_has_not_its_form_is_told_in_one_line_and_without_its_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    for wrong in ["colour: red", "clusters: 5", "udp: [", "clusters: [{name: x, password: secret}]"] {
        let yaml = format!("store: 'postgres://me:secret@host/db'\n{wrong}\n");
        std::fs::write(folder.path().join("upto.yaml"), yaml).expect("written");
        let line = mistake(&run(command().current_dir(folder.path())));
        assert!(line.contains("upto.yaml: ") && line.contains("at line "), "{line}");
        assert!(!line.contains("secret"), "{line}");
    }
}

#[test]
fn a_listener_for_everybody_has_to_be_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = refusal(&run(command().args(["--http", "0.0.0.0:0", "--data"]).arg(folder.path())));
    assert!(line.contains("--no-auth"), "{line}");
}

#[cfg(unix)]
#[test]
fn it_ends_on_terminate_with_success_and_keeps_what_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = ServerProcess::start(folder.path());
    server.client.send(b"\x84\xa7context\xa1c\xa4name\xa1n\xa4type\x02\xa4time\x01");
    server.client.eventually_events("c", 1);
    let ended = run(Command::new("kill").arg(server.child.id().to_string()));
    assert!(ended.status.success());
    assert_eq!(server.child.wait().expect("ended").code(), Some(0));
    let again = ServerProcess::start(folder.path());
    assert_eq!(again.client.eventually_events("c", 1).len(), 1);
}

#[test]
fn help_tells_every_flag_and_its_variable() {
    let help = String::from_utf8(run(command().arg("--help")).stdout).expect("text");
    for flag in [
        "udp",
        "http",
        "store",
        "data",
        "memory",
        "retain-age",
        "retain-count",
        "retain-size",
        "no-auth",
        "tls-cert",
        "tls-key",
        "tls-client-ca",
        "allowed-host",
        "cors",
        "rate-address",
        "rate-token",
        "rate-udp",
        "connections",
        "config",
    ] {
        assert!(help.contains(&format!("--{flag}")), "{help}");
        let variable = flag.to_uppercase().replace('-', "_");
        assert!(help.contains(&format!("UPTO_SERVER_{variable}")), "{help}");
    }
}
