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
use tokio::process::Command;

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
        // It ends with the probe, when that takes too long.
        let mut child = command.kill_on_drop(true).spawn().map_err(failed)?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let (output, errors) = tokio::join!(read_all(output), read_some(errors));
        let output = output?;
        let status = child.wait().await.map_err(failed)?;
        Ok(of(status, &String::from_utf8_lossy(&output), &String::from_utf8_lossy(&errors)))
    }

    super::timed!("command");
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
