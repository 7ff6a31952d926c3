//! npm's `statsd`: counters in a process of Node.js.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{repeated, wait_for, wait_until};
use crate::failure::Failure;
use crate::load::Run;
use crate::place::{own_address, peers_folder};
use crate::process::Process;
use crate::receiver::{Counts, Receiver};

const NAME: &str = "npm's statsd";
const PORT: u16 = 8125;
const ASK_PORT: u16 = 8126;

/// It never writes what it has counted, so that all of it can be asked for, and that it does nothing else.
const SETTINGS: &str = "flushInterval: 3600000, backends: []";

/// A running one.
pub(crate) struct Statsd {
    process: Process,
    address: SocketAddr,
    _folder: TempDir,
}

impl Statsd {
    /// Installs it if it is not there yet, and starts it.
    ///
    /// # Errors
    /// Node.js or npm is missing, there is no network to install from, or it does not start.
    pub(crate) fn start() -> Result<Self, Failure> {
        let program = installed()?;
        let folder = tempfile::tempdir().map_err(Failure::system("make a folder for statsd"))?;
        let (host, settings) = (own_address(), folder.path().join("settings.js"));
        let text = format!(
            "{{ address: \"{host}\", port: {PORT}, mgmt_address: \"{host}\", mgmt_port: {ASK_PORT}, {SETTINGS} }}"
        );
        fs::write(&settings, text).map_err(Failure::system("write statsd's settings"))?;
        let mut command = Command::new("node");
        command.arg(program).arg(settings).stdin(Stdio::null()).stdout(Stdio::null());
        let process = Process::start(&mut command, "start npm's statsd with node")?;
        let address = (host, PORT).into();
        wait_for(address, NAME)?;
        wait_until(|| Ok(TcpStream::connect((host, ASK_PORT)).is_ok()), NAME)?;
        Ok(Statsd { process, address, _folder: folder })
    }

    /// So many counts of one thing.
    pub(crate) fn load(datagrams: u64) -> Vec<Run> {
        repeated(b"service.request.step_07:1|c", datagrams)
    }
}

/// The program, which is downloaded once.
fn installed() -> Result<PathBuf, Failure> {
    let folder = peers_folder()?.join("statsd");
    let program = folder.join("node_modules/statsd/stats.js");
    if !program.is_file() {
        install(&folder)?;
    }
    Ok(program)
}

fn install(folder: &Path) -> Result<(), Failure> {
    let mut command = Command::new("npm");
    command
        .args(["install", "--no-audit", "--no-fund", "--omit=optional", "--loglevel=error", "--prefix"])
        .arg(folder)
        .arg("statsd");
    let output = command.stdin(Stdio::null()).output();
    let output = output
        .map_err(|error| Failure::peer(NAME)(format!("npm can't be run (is Node.js there?): {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let first = told.lines().next().unwrap_or("it does not tell why");
    Err(Failure::peer(NAME)(format!("npm can't install it (is there a network?): {first}")))
}

impl Receiver for Statsd {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn counts(&mut self) -> Result<Counts, Failure> {
        let answer =
            ask((self.address.ip(), ASK_PORT).into()).map_err(Failure::system("ask npm's statsd"))?;
        let received = received_of(&answer).ok_or(Failure::Missing("the counts of npm's statsd"))?;
        Ok(Counts { received, ..Counts::default() })
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"counters\n")?;
    let lines = BufReader::new(stream).lines();
    let until_end = lines.take_while(|line| line.as_ref().map_or(true, |line| line != "END"));
    until_end.collect::<std::io::Result<Vec<_>>>().map(|lines| lines.join("\n"))
}

fn received_of(counters: &str) -> Option<u64> {
    let (_, rest) = counters.split_once("'statsd.packets_received': ")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_datagrams_is_found() {
        let counters =
            "{\n  'statsd.bad_lines_seen': 0,\n  'statsd.packets_received': 120,\n  'a': 9\n}\nEND\n";
        assert_eq!(received_of(counters), Some(120));
        assert_eq!(received_of("{ 'statsd.packets_received': 7 }"), Some(7));
        assert_eq!(received_of("{}"), None);
    }
}
