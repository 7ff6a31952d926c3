//! The filters of the journal that the page offers, checked: the page leaves out what it does not understand.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::watch::journal::pattern_fault;

/// What a preset may say.
const FIELDS: [&str; 4] = ["name", "service", "message", "level"];

/// Everything that is wrong with these.
pub(super) fn faults(presets: &[Value]) -> Vec<String> {
    let mut names = BTreeSet::new();
    let faults = presets.iter().flat_map(|preset| {
        let mut faults = faults_of(preset);
        let name = preset["name"].as_str().unwrap_or_default();
        if !name.is_empty() && !names.insert(name) {
            faults.push(format!("there are two of {name:?}"));
        }
        faults
    });
    faults.map(|fault| format!("watch.presets: {fault}")).collect()
}

fn faults_of(preset: &Value) -> Vec<String> {
    let Some(fields) = preset.as_object() else {
        return vec![format!("{preset} is none: each is such as {{ name: errors, level: 3 }}")];
    };
    let mut faults = Vec::new();
    if preset["name"].as_str().is_none_or(|name| name.trim().is_empty()) {
        faults.push(format!("{preset} has no name"));
    }
    for field in ["service", "message"] {
        match fields.get(field).map(|pattern| (pattern, pattern.as_str())) {
            Some((_, Some(pattern))) => {
                faults.extend(pattern_fault(field, pattern).map(|fault| in_one_line(&fault.to_string())));
            }
            Some((other, None)) => faults.push(format!("{field} {other} is no regular expression")),
            None => {}
        }
    }
    if let Some(level) = fields.get("level").filter(|level| !level.is_i64()) {
        faults.push(format!("level {level} is no whole number"));
    }
    if let Some(field) = fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        faults.push(format!("{field:?}: expected one of {}", FIELDS.join(", ")));
    }
    faults
}

/// Where a pattern is wrong is told below it, and each mistake has a line.
fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
