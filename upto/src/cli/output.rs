//! Standard output.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde::Serialize;

use super::failure::Failure;
use super::text::{harmless, harmless_json};

/// Writes lines; what others wrote in them can't do anything to the terminal.
///
/// # Errors
/// The output can't be written.
pub(super) fn lines(lines: impl IntoIterator<Item = impl Display>) -> Result<(), Failure> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    lines.into_iter().try_for_each(|line| writeln!(output, "{}", harmless(&line.to_string())))?;
    Ok(output.flush()?)
}

/// Writes text as it is: made by this program, harmless, and with its ends of lines.
///
/// # Errors
/// Likewise.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

/// Writes JSON for people and programs.
///
/// # Errors
/// Likewise.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    text(&harmless_json(&json)).and_then(|()| text("\n"))
}
