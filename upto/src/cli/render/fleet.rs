//! The table of a fleet: hosts as rows, checks as columns.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cli::terminal::{Colour, Terminal};
use crate::cli::text::{columns, fit, harmless};

/// What hosts are asked for.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Check {
    name: String,
    unit: String,
}

/// A host, and how it stands.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Host {
    name: String,
    there: bool,
    checks: BTreeMap<String, Standing>,
}

/// How a host stands by a check.
#[derive(Clone, Debug, Deserialize)]
struct Standing {
    state: String,
    value: Option<f64>,
    age_seconds: Option<f64>,
}

/// A cell: what is written, and in which colour.
type Cell = (String, Colour);

/// The table in lines.
pub(in crate::cli) fn table(checks: &[Check], hosts: &[Host], terminal: &Terminal) -> Vec<String> {
    let head = std::iter::once("HOST".to_owned()).chain(checks.iter().map(|check| check.name.to_uppercase()));
    let head: Vec<Cell> = head.map(|name| (harmless(&name).into_owned(), Colour::Bold)).collect();
    let rows: Vec<Vec<Cell>> =
        std::iter::once(head).chain(hosts.iter().map(|host| row(checks, host))).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|(text, _)| columns(text)).max();
    let widths: Vec<usize> = (0..=checks.len()).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&widths);
        let painted: Vec<_> =
            cells.map(|((text, colour), width)| terminal.paint(*colour, &fit(text, *width))).collect();
        painted.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn row(checks: &[Check], host: &Host) -> Vec<Cell> {
    let colour = if host.there { Colour::Plain } else { Colour::Dim };
    let name = (harmless(&host.name).into_owned(), colour);
    let cells = checks.iter().map(|check| cell(check, host.checks.get(&check.name)));
    std::iter::once(name).chain(cells).collect()
}

fn cell(check: &Check, standing: Option<&Standing>) -> Cell {
    let Some(Standing { state, value, age_seconds }) = standing else {
        return ("-".to_owned(), Colour::Dim);
    };
    match (state.as_str(), value, age_seconds) {
        ("ok", Some(value), _) => {
            let is_full = check.unit == "%" && *value >= 90.0;
            (amount(*value, &check.unit), if is_full { Colour::Doubtful } else { Colour::Plain })
        }
        ("stale", _, Some(age)) => (format!("stale {age:.0} s"), Colour::Doubtful),
        (state, _, _) => (harmless(state).into_owned(), Colour::Failed),
    }
}

/// A value with its unit, in a few characters.
fn amount(value: f64, unit: &str) -> String {
    let (value, prefix) = match unit {
        "bytes/s" if value >= 1e9 => (value / 1e9, "G"),
        "bytes/s" if value >= 1e6 => (value / 1e6, "M"),
        "bytes/s" if value >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let number = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") };
    match unit {
        "" => number,
        "bytes/s" => format!("{number} {prefix}B/s"),
        unit => format!("{number} {}", harmless(unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(hosts: &str) -> Vec<String> {
        let checks = r#"[{"name": "cpu_used", "unit": "%"}, {"name": "disk_io", "unit": "bytes/s"}]"#;
        let checks: Vec<Check> = serde_json::from_str(checks).expect("checks");
        let hosts: Vec<Host> = serde_json::from_str(hosts).expect("hosts");
        let plain = Terminal { columns: 80, is_interactive: false, has_colours: false };
        table(&checks, &hosts, &plain)
    }

    #[test]
    fn hosts_are_rows_and_checks_are_columns() {
        let hosts = r#"[
            {"name": "a\u001b[2J", "there": true, "checks": {
                "cpu_used": {"state": "ok", "value": 12.34, "age_seconds": null},
                "disk_io": {"state": "ok", "value": 2500000, "age_seconds": null}}},
            {"name": "gone", "there": false, "checks": {
                "cpu_used": {"state": "stale", "value": null, "age_seconds": 61.7},
                "disk_io": {"state": "failed", "value": null, "age_seconds": null}}},
            {"name": "new", "there": true, "checks": {}}]"#;
        assert_eq!(
            lines(hosts),
            [
                "HOST   CPU_USED    DISK_IO",
                "a\u{fffd}[2J  12.3 %      2.5 MB/s",
                "gone   stale 62 s  failed",
                "new    -           -",
            ]
        );
    }

    #[test]
    fn what_was_not_measured_is_no_number() {
        let hosts = r#"[{"name": "a", "there": true, "checks": {
            "cpu_used": {"state": "timeout", "value": null, "age_seconds": null},
            "disk_io": {"state": "ok", "value": 0, "age_seconds": null}}}]"#;
        assert_eq!(lines(hosts)[1], "a     timeout   0 B/s");
    }
}
