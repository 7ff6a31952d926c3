//! The program in the place of `rustc`.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::program::program;

/// Nobody receives what is sent there.
const NOBODY: &str = "127.0.0.1:9";

fn wrapper(folder: &Path) -> Command {
    let mut command = program(folder);
    let linkers = folder.join("linkers");
    std::fs::create_dir_all(&linkers).expect("a folder");
    command.env("BUILD_SYSTEM_LINKERS", linkers).env("UPTO_SERVER", NOBODY);
    command
}

fn rustc() -> String {
    std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())
}

/// A shell in the place of `rustc`, which looks as if it made a crate.
fn shell<'a>(command: &'a mut Command, script: &str) -> &'a mut Command {
    command.args(["sh", "-c", script, "--crate-name", "a"])
}

#[test]
fn without_a_server_it_is_rustc() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.rs"), "fn main() { let unused = 1; }\n").expect("a file");
    let arguments = [&rustc(), "--crate-name", "a", "--crate-type", "bin", "a.rs"];
    let wrapped = wrapper(folder.path()).args(arguments).output().expect("the program");
    let plain =
        Command::new(rustc()).args(&arguments[1..]).current_dir(folder.path()).output().expect("rustc");
    assert!(wrapped.status.success(), "{wrapped:?}");
    assert_eq!(wrapped, plain);
    assert!(Command::new(folder.path().join("a")).status().expect("a program").success());
}

#[test]
fn what_goes_wrong_goes_wrong_in_the_same_way() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["--crate-name", "a", "--crate-type", "lib", "nowhere.rs"][..],
        &["--crate-name", "a", "--no-such-option"],
        &["--print=no-such-thing"],
        &["-vV"],
    ] {
        let wrapped = wrapper(folder.path()).arg(rustc()).args(arguments).output().expect("the program");
        let plain = Command::new(rustc()).args(arguments).current_dir(folder.path()).output().expect("rustc");
        assert_eq!(wrapped, plain);
    }
}

#[test]
fn it_ends_as_its_program_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrapper = || wrapper(folder.path());
    let killed = shell(&mut wrapper(), "kill -KILL $$").status().expect("the program");
    assert_eq!(killed.signal(), Some(9));
    let terminated = shell(&mut wrapper(), "kill -TERM $$").status().expect("the program");
    assert_eq!(terminated.signal(), Some(15));
    let missing = wrapper().args(["/nowhere/rustc", "--crate-name", "a"]).output().expect("the program");
    assert_eq!(missing.status.code(), Some(127));
    let told = String::from_utf8(missing.stderr).expect("UTF-8");
    assert!(told.contains("cannot run /nowhere/rustc"), "{told}");
}

#[test]
fn signals_are_passed_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = wrapper(folder.path());
    let script = "trap 'kill $!; exit 7' TERM; sleep 60 & echo ready; wait";
    let child = shell(&mut command, script).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("the program");
    let mut ready = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut ready).expect("a line");
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(told.success());
    assert_eq!(child.wait().expect("its end").code(), Some(7));
}
