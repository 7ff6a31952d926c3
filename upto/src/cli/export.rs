//! `upto export`: all events of a timeline, for other programs.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::api::{Api, ServerArguments};
use super::failure::Failure;
use super::progress::told;

/// Write all events of a timeline for other programs
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// The collection of timelines
    context: String,
    /// The timeline [default: the newest one]
    timeline: Option<String>,
    /// Trace events for Perfetto and chrome://tracing, an event on each line, a table, or OpenTelemetry's JSON
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Write to this file, which is replaced when everything is there [default: the standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArguments,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Chrome,
    Json,
    Csv,
    Otlp,
}

/// Writes a timeline.
pub(super) fn export(arguments: &ExportArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let timeline = api.find(&arguments.context, arguments.timeline.as_deref())?;
    let mut events = api.stream(&timeline.links, "export", &[("format", arguments.format.name())])?;
    match &arguments.output {
        None => {
            let mut output = io::stdout().lock();
            io::copy(&mut events, &mut output)?;
            Ok(output.flush()?)
        }
        Some(file) => {
            to_file(file, told(events)).map_err(|source| Failure::File { file: file.clone(), source })
        }
    }
}

/// A file is never there in part: what was there before stays until all of the new one is.
fn to_file(file: &Path, mut events: impl io::Read) -> io::Result<()> {
    let mut name = file.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = file.with_file_name(name);
    let mut written = File::create(&part)?;
    let copied = io::copy(&mut events, &mut written).and_then(|_| written.sync_all());
    let done = copied.and_then(|()| std::fs::rename(&part, file));
    if done.is_err() {
        // It is of no use, and why that is so is told.
        let _ = std::fs::remove_file(&part);
    }
    done
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Chrome => "chrome",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Otlp => "otlp",
        }
    }
}
