//! The programs that examples run and call, with nothing of what is around the tests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use crate::reader::Reader;

/// A program of this repository: where the variable says it is, else where this package's own programs are built.
///
/// Those of other packages are built with them when all tests are run (`--workspace --features upto/cli`).
fn built(name: &str, variable: &str) -> PathBuf {
    if let Some(given) = std::env::var_os(variable) {
        return given.into();
    }
    let path = Path::new(env!("CARGO_BIN_EXE_build-system")).with_file_name(name);
    assert!(
        path.is_file(),
        "{} is not built: cargo build --workspace --features upto/cli, or say in {variable} where it is",
        path.display()
    );
    path
}

/// The command `upto`.
pub(crate) fn upto() -> PathBuf {
    built("upto", "UPTO_COMMAND")
}

/// The server, as a program.
pub(crate) fn upto_server() -> PathBuf {
    built("upto-server", "UPTO_SERVER_BINARY")
}

/// A file of the examples.
pub(crate) fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program that finds `upto` where programs are, and tells nobody.
pub(crate) fn quiet(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let programs = std::env::var_os("PATH").unwrap_or_default();
    let own = [upto(), upto_server()].map(|file| file.parent().expect("its folder").to_owned());
    let all = own.into_iter().chain(std::env::split_paths(&programs));
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::join_paths(all).expect("folders"));
    // Some programs are found by way of it, such as a Python that a user has installed.
    command.envs(std::env::var_os("HOME").map(|home| ("HOME", home)));
    command
}

/// Likewise, and it tells this server.
pub(crate) fn told(reader: &Reader, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = quiet(program);
    command.env("UPTO_SERVER", reader.udp());
    command
}

/// What a program that ends well has written.
pub(crate) fn output(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let text = String::from_utf8(stdout).expect("text");
    assert!(status.success(), "{status}: {text}{}", String::from_utf8_lossy(&stderr));
    text
}

/// A program that is ended with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
