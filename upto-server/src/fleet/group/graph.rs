//! What tasks of a group may wait for. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::fleet::check::name_fault;

/// Tasks of a group at most.
const TASKS: usize = 256;

/// A task as somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// What hosts are asked for.
    pub(crate) check: String,
    /// What has to have ended before.
    #[serde(default)]
    pub(crate) after: Vec<String>,
}

/// Whether all of it can be done in some order.
///
/// # Errors
/// Why it can't.
pub(super) fn check(wanted: &BTreeMap<String, Wanted>) -> Result<(), String> {
    if !(1..=TASKS).contains(&wanted.len()) {
        return Err(format!("a group has 1 to {TASKS} tasks"));
    }
    for (name, task) in wanted {
        if let Some(fault) = name_fault(name) {
            return Err(format!("the task {name:?}: {fault}"));
        }
        if let Some(unknown) = task.after.iter().find(|after| !wanted.contains_key(*after)) {
            return Err(format!("the task {name:?} waits for {unknown:?}, which is none of the group"));
        }
    }
    match circle(wanted) {
        Some(name) => Err(format!("the task {name:?} waits for itself, by way of others")),
        None => Ok(()),
    }
}

/// One of those that never come to their turn.
fn circle(wanted: &BTreeMap<String, Wanted>) -> Option<&String> {
    let mut done = BTreeSet::new();
    loop {
        let left = wanted.iter().filter(|(name, _)| !done.contains(name));
        let (ready, blocked): (Vec<_>, Vec<_>) =
            left.partition(|(_, task)| task.after.iter().all(|after| done.contains(&after)));
        if ready.is_empty() {
            return blocked.first().map(|(name, _)| *name);
        }
        done.extend(ready.into_iter().map(|(name, _)| name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(tasks: &[(&str, &[&str])]) -> BTreeMap<String, Wanted> {
        let task = |after: &[&str]| Wanted {
            check: "cpu_used".into(),
            after: after.iter().map(ToString::to_string).collect(),
        };
        tasks.iter().map(|(name, after)| ((*name).to_owned(), task(after))).collect()
    }

    #[test]
    fn what_can_be_done_in_some_order_is_fine() {
        assert_eq!(check(&wanted(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])])), Ok(()));
    }

    #[test]
    fn circles_and_strangers_are_refused() {
        for (tasks, expected) in [
            (wanted(&[("a", &["b"]), ("b", &["a"]), ("c", &[])]), "waits for itself"),
            (wanted(&[("a", &["a"])]), "waits for itself"),
            (wanted(&[("a", &["x"])]), "none of the group"),
            (wanted(&[]), "1 to 256"),
            (wanted(&[("a\n", &[])]), "control"),
        ] {
            assert!(check(&tasks).is_err_and(|fault| fault.contains(expected)), "{expected}");
        }
    }
}
