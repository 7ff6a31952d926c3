//! A program that is started each time. There is no shell.
//!
//! It ends with 0 when all is well, with 1 when something is wrong, and with anything else when the cluster is down. What it
//! writes is an object of JSON, whose numbers become figures, or lines `NAME VALUE`; of what it writes to its errors, the
//! first line says what is wrong.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::super::connector::{Connector, ProbeError};
use super::super::exposition::samples;
use super::super::model::{Probe, State};
use super::Timing;

/// Bytes of what it writes at most.
const OUTPUT_BYTES: usize = 1 << 20;
/// Bytes of its errors that are looked at.
const ERROR_BYTES: u64 = 4 << 10;

pub(super) struct Program {
    pub(super) words: Vec<String>,
    pub(super) timing: Timing,
}

#[async_trait]
impl Connector for Program {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let Some((program, arguments)) = self.words.split_first() else {
            return Err(ProbeError::Malformed("there is no program".to_owned()));
        };
        let failed = |error: std::io::Error| ProbeError::Unreachable(format!("{program:?}: {error}"));
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = Group::start(&mut command).map_err(failed)?;
        let child = &mut group.child;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let (output, errors) = tokio::join!(read_all(output), read_some(errors));
        let output = output?;
        let status = child.wait().await.map_err(failed)?;
        Ok(of(status, &String::from_utf8_lossy(&output), &String::from_utf8_lossy(&errors)))
    }

    super::timed!("command");
}

/// A program with all that it began: what is left of them ends with the probe, which may take too long.
struct Group {
    child: Child,
    id: Option<u32>,
}

impl Group {
    fn start(command: &mut Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        command.process_group(0);
        let child = command.kill_on_drop(true).spawn()?;
        let id = child.id();
        Ok(Group { child, id })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.id.and_then(|id| i32::try_from(id).ok()) {
            use nix::sys::signal::{Signal, killpg};
            // There is none where all have ended.
            let _ = killpg(nix::unistd::Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

async fn read_all(output: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, ProbeError> {
    let mut bytes = Vec::new();
    if let Some(output) = output {
        let read = output.take(OUTPUT_BYTES as u64 + 1).read_to_end(&mut bytes).await;
        read.map_err(|error| ProbeError::Unreachable(error.to_string()))?;
    }
    if bytes.len() > OUTPUT_BYTES { Err(ProbeError::TooLarge(OUTPUT_BYTES)) } else { Ok(bytes) }
}

/// The beginning; the rest is read too, since a program that nobody reads waits.
async fn read_some(errors: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut errors) = errors {
        // What can't be read is not there.
        let _ = (&mut errors).take(ERROR_BYTES).read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await;
    }
    bytes
}

fn of(status: ExitStatus, output: &str, errors: &str) -> Probe {
    let probe = figures(output);
    let told = errors.lines().next().map(str::trim).filter(|line| !line.is_empty());
    let told = || told.map_or_else(|| format!("it ended with {status}"), str::to_owned);
    match status.code() {
        Some(0) => probe,
        Some(1) => probe.but(told()),
        _ => Probe { state: State::Down, problem: Some(told()), ..probe },
    }
}

fn figures(output: &str) -> Probe {
    if !output.trim_start().starts_with('{') {
        return samples(output).fold(Probe::up(), |probe, sample| probe.with(sample.name, sample.value));
    }
    match serde_json::from_str::<serde_json::Map<String, Value>>(output) {
        Ok(object) => {
            let numbers = object.iter().filter_map(|(name, value)| Some((name, value.as_f64()?)));
            let probe = numbers.fold(Probe::up(), |probe, (name, value)| probe.with(name, value));
            probe.with_detail(Value::Object(object).to_string())
        }
        Err(error) => Probe::up().but(format!("what it wrote is no JSON: {error}")),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        let timing = Timing { period: Duration::from_secs(60), timeout: Duration::from_secs(30) };
        Program { words: ["sh", "-c", script].map(str::to_owned).into(), timing }
    }

    /// Whether the process whose number is in this file is alive; one that nobody has waited for yet is dead.
    fn is_alive(file: &std::path::Path) -> bool {
        let number = std::fs::read_to_string(file).unwrap_or_default();
        assert!(!number.trim().is_empty(), "it began");
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z")
    }

    #[tokio::test]
    async fn what_it_began_ends_with_it_also_where_it_takes_too_long() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pid");
        let began = format!("sleep 1000 >/dev/null 2>&1 & echo $! > {}", file.display());
        let ended = shell(&began).probe().await.expect("a probe");
        assert_eq!(ended.state, State::Up);
        while is_alive(&file) {
            tokio::task::yield_now().await;
        }
        std::fs::remove_file(&file).expect("removed");
        let hanging = shell(&format!("{began}; wait"));
        let probe = hanging.probe();
        let began = async {
            while std::fs::read_to_string(&file).unwrap_or_default().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = probe => panic!("it hangs"),
            () = began => {}
        }
        while is_alive(&file) {
            tokio::task::yield_now().await;
        }
    }
}
