//! Private database servers, durable as the stores want them, gone when they are dropped.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::place::own_address;

const REDIS_PORT: u16 = 17_000;

/// How long one may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running one in a folder of its own.
pub(crate) struct Database {
    /// For the store and for the bare client.
    pub(crate) url: String,
    server: Child,
    /// What ends it at once.
    end: Signal,
    _folder: TempDir,
}

impl Drop for Database {
    fn drop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.server.id()).unwrap_or(i32::MAX));
        if matches!(self.server.try_wait(), Ok(None)) {
            let _ = kill(pid, self.end);
            let _ = self.server.wait();
        }
    }
}

/// A Redis that keeps what it confirms.
///
/// # Errors
/// It is not installed, or does not start.
pub(crate) fn redis() -> Result<Database, Failure> {
    let folder = folder()?;
    let host = own_address().to_string();
    let mut command = Command::new("redis-server");
    command
        .args(["--port", &REDIS_PORT.to_string(), "--bind", &host, "--save", "", "--dir"])
        .arg(folder.path());
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no"]);
    let server = start(&mut command, "start redis-server, which `make tools` installs")?;
    let url = format!("redis://{host}:{REDIS_PORT}");
    let database = Database { url, server, end: Signal::SIGKILL, _folder: folder };
    let client = redis::Client::open(database.url.as_str()).map_err(Failure::peer("redis"))?;
    wait_until(|| client.get_connection().is_ok(), "redis")?;
    Ok(database)
}

/// A PostgreSQL as it is by default: what it confirms is on the disk.
///
/// # Errors
/// It is not installed, or does not start.
pub(crate) fn postgres() -> Result<Database, Failure> {
    let folder = folder()?;
    let data = folder.path().join("data");
    if geteuid().is_root() {
        run(Command::new("chown").arg("postgres:").arg(folder.path()))?;
    }
    run(as_postgres("initdb").args(["--username=upto", "--auth=trust", "--no-sync", "-D"]).arg(&data))?;
    let mut command = as_postgres("postgres");
    command.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-c", "listen_addresses="]);
    let server = start(&mut command, "start postgres, which `make tools` installs")?;
    let url = format!("postgres://upto@localhost/postgres?host={}", folder.path().display());
    let mut ask = Command::new(program("pg_isready"));
    ask.arg("-q").arg("-h").arg(folder.path()).stdin(Stdio::null());
    let database = Database { url, server, end: Signal::SIGQUIT, _folder: folder };
    wait_until(|| ask.status().is_ok_and(|status| status.success()), "postgres")?;
    Ok(database)
}

fn folder() -> Result<TempDir, Failure> {
    TempDir::with_prefix("upto-").map_err(Failure::system("make a folder for a database"))
}

fn start(command: &mut Command, doing: &'static str) -> Result<Child, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(Failure::system(doing))
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let output =
        command.output().map_err(Failure::system("make a database, with what `make tools` installs"))?;
    let told = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(Failure::peer("postgres")(told())) }
}

fn wait_until(mut is_ready: impl FnMut() -> bool, peer: &'static str) -> Result<(), Failure> {
    let began = Instant::now();
    while !is_ready() {
        if began.elapsed() > PATIENCE {
            return Err(Failure::peer(peer)("it does not answer"));
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// A program of PostgreSQL, which refuses to be run by root: Debian's package has a user for it.
fn as_postgres(name: &str) -> Command {
    let program = program(name);
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// Where Debian's package puts it, the newest one; else wherever it is found.
fn program(name: &str) -> PathBuf {
    let all = Path::new("/usr/lib/postgresql");
    let versions = fs::read_dir(all).into_iter().flatten().flatten();
    let numbers = versions.filter_map(|version| number(&version.file_name()));
    numbers.max().map_or(PathBuf::from(name), |newest| all.join(newest.to_string()).join("bin").join(name))
}

fn number(version: &OsStr) -> Option<u32> {
    version.to_str()?.parse().ok()
}
