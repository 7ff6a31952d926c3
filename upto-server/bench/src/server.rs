//! The server's own binary in a process of its own.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;
use upto_bench_harness::api::Api;

use crate::failure::Failure;
use crate::place::sibling;
use crate::process::Process;
use crate::receiver::{Counts, Receiver};

/// What `--memory` says, in MiB.
pub(crate) const MEMORY: u32 = 256;

/// A server on redb, in a folder that is gone with it.
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) api: Api,
    pub(crate) url: String,
    folder: TempDir,
}

/// A process of the server's binary, and where it listens.
pub(crate) struct Listening {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
}

impl Listening {
    /// Starts it, and waits until it says where it listens.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        let mut process = Process::start(command, "start upto-server")?;
        let output = process.child().stdout.take().ok_or(Failure::Missing("upto-server's output"))?;
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut told = |what: &str| Some(lines.next()?.strip_prefix(what)?.to_owned());
        let address = told("udp ").and_then(|address| address.parse().ok());
        let (address, url) = address.zip(told("http ")).ok_or(Failure::Missing("upto-server's addresses"))?;
        Ok(Listening { process, address, url })
    }
}

impl Server {
    /// Starts one that has nothing yet.
    ///
    /// # Errors
    /// It was not built, or does not start.
    pub(crate) fn start() -> Result<Self, Failure> {
        Self::open(tempfile::tempdir().map_err(Failure::system("make a folder for the server"))?)
    }

    /// Starts one that has nothing yet, and asks this agent.
    ///
    /// # Errors
    /// It was not built, or does not start.
    pub(crate) fn asking(agent: &str) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(Failure::system("make a folder for the server"))?;
        let settings = format!("agents:\n  - url: {agent}\n");
        fs::write(folder.path().join("upto.yaml"), settings).map_err(Failure::system("write settings"))?;
        Self::open(folder)
    }

    fn open(folder: TempDir) -> Result<Self, Failure> {
        let mut command = command(folder.path())?;
        command.arg("--data").arg(folder.path()).args(["--memory", &MEMORY.to_string()]).args(ANY_PORTS);
        let Listening { process, address, url } = Listening::start(&mut command)?;
        let http = url.strip_prefix("http://").and_then(|address| address.parse().ok());
        let http = http.ok_or(Failure::Missing("upto-server's address for HTTP"))?;
        Ok(Server { process, address, http, api: Api::new(url.clone()), url, folder })
    }

    /// Kills it as a crash would, and starts it again on what it has left; and how long it took until it was ready.
    ///
    /// # Errors
    /// It does not start again.
    pub(crate) fn crash(self) -> Result<(Self, Duration), Failure> {
        let Server { mut process, folder, .. } = self;
        process.end(Signal::SIGKILL);
        let began = Instant::now();
        let server = Self::open(folder)?;
        while let Err(failure) = server.api.text("/readyz") {
            if began.elapsed() > PATIENCE {
                return Err(failure);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok((server, began.elapsed()))
    }

    /// Bytes that its folder takes on the disk. What was reserved and never written takes none.
    ///
    /// # Errors
    /// The folder can't be read.
    pub(crate) fn disk_bytes(&self) -> Result<u64, Failure> {
        let doing = "read the server's folder";
        let entries = fs::read_dir(self.folder.path()).map_err(Failure::system(doing))?;
        let blocks = entries.map(|entry| Ok(entry?.metadata()?.blocks()));
        let blocks = blocks.sum::<std::io::Result<u64>>().map_err(Failure::system(doing))?;
        // Whatever the blocks of the file system are, they are counted in these.
        Ok(512 * blocks)
    }
}

/// How long it may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// With none of the environment's settings; arguments follow.
pub(crate) fn command(folder: &Path) -> Result<Command, Failure> {
    let mut command = Command::new(sibling("upto-server")?);
    let is_setting = |name: &OsString| name.to_string_lossy().starts_with("UPTO");
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(is_setting)
        .for_each(|name| _ = command.env_remove(name));
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command)
}

/// Where nobody else listens.
pub(crate) const ANY_PORTS: [&str; 4] = ["--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"];

impl Receiver for Server {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn counts(&mut self) -> Result<Counts, Failure> {
        read(&self.api.json("/api/inputs")?).ok_or(Failure::Missing("the counts of upto-server's inputs"))
    }
}

/// What the resource of inputs says. `None` if a number is missing, but for what only some systems tell.
pub(crate) fn read(inputs: &Value) -> Option<Counts> {
    let refused = inputs.pointer("/datagrams/refused")?.as_object()?.values();
    Some(Counts {
        received: inputs.pointer("/datagrams/received")?.as_u64()?,
        refused: refused.map(Value::as_u64).sum::<Option<u64>>()?,
        dropped: inputs.pointer("/datagrams/dropped_by_kernel").and_then(Value::as_u64).unwrap_or(0),
        is_busy: inputs.pointer("/waiting_bytes")?.as_u64()? > 0,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_reasons_are_added_up() {
        let mut inputs = json!({
            "datagrams": {"received": 9, "refused": {"behind": 3, "empty": 1}, "dropped_by_kernel": null},
            "waiting_bytes": 1,
        });
        let counts = Counts { received: 9, refused: 4, dropped: 0, is_busy: true };
        assert_eq!(read(&inputs), Some(counts));
        inputs["waiting_bytes"] = 0.into();
        inputs["datagrams"]["dropped_by_kernel"] = 7.into();
        assert_eq!(read(&inputs), Some(Counts { dropped: 7, is_busy: false, ..counts }));
        inputs["datagrams"]["refused"]["empty"] = Value::Null;
        assert_eq!(read(&inputs), None);
    }
}
