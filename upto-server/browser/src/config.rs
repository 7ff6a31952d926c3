//! The configuration of a server that watches.

use std::io::Write;

use tempfile::NamedTempFile;

/// A file with this section `watch`, in YAML, each line without its indent.
#[must_use]
pub fn watch_config(lines: &[&str]) -> NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().expect("a file");
    writeln!(file, "watch:").expect("written");
    for line in lines {
        writeln!(file, "  {line}").expect("written");
    }
    file
}
