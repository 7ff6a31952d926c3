//! Which build scripts run. Cargo runs those by itself, so this is told from its output: it says when it
//! starts a program, and which packages' scripts have run.

use std::collections::{HashMap, HashSet};

/// The scripts that were compiled and those that run, each of these with a `T`.
#[derive(Debug)]
pub(super) struct Scripts<T> {
    /// The package of each script's program.
    packages: HashMap<String, String>,
    compiled: HashSet<String>,
    running: Vec<Running<T>>,
}

#[derive(Debug)]
struct Running<T> {
    package: String,
    program: String,
    value: T,
}

/// What is known of a run that is said to have ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Run<T> {
    /// It was seen to start.
    Seen(T),
    /// It has run now, and nobody saw it start.
    Unseen,
    /// It has run in an earlier build.
    Earlier,
}

impl<T> Default for Scripts<T> {
    fn default() -> Self {
        Scripts { packages: HashMap::new(), compiled: HashSet::new(), running: Vec::new() }
    }
}

impl<T> Scripts<T> {
    /// A package's script exists as these files.
    pub(super) fn compiled(&mut self, package: &str, files: Vec<String>, is_fresh: bool) {
        self.packages.extend(files.into_iter().map(|file| (file, package.to_owned())));
        if !is_fresh {
            self.compiled.insert(package.to_owned());
        }
    }

    /// A program was started; `value` belongs to its run, if it is a script.
    pub(super) fn started(&mut self, program: &str, value: impl FnOnce(&str) -> T) {
        if let Some(package) = self.packages.get(program).cloned() {
            let value = value(&package);
            self.running.push(Running { package, program: program.to_owned(), value });
        }
    }

    /// The script of a package has run. Where two runs of it are under way (for the host and for the
    /// target), nothing tells which it was; both are called the same, so that it makes no difference.
    pub(super) fn executed(&mut self, package: &str) -> Run<T> {
        match self.remove(|running| running.package == package) {
            Some(value) => Run::Seen(value),
            None if self.compiled.contains(package) => Run::Unseen,
            None => Run::Earlier,
        }
    }

    /// A program has failed; what belongs to its run, if it is a script that runs.
    pub(super) fn failed(&mut self, program: &str) -> Option<T> {
        self.remove(|running| running.program == program)
    }

    /// What belongs to the runs whose end nobody told.
    pub(super) fn left(self) -> impl Iterator<Item = T> {
        self.running.into_iter().map(|running| running.value)
    }

    fn remove(&mut self, is_meant: impl Fn(&Running<T>) -> bool) -> Option<T> {
        let place = self.running.iter().position(is_meant)?;
        Some(self.running.remove(place).value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts() -> Scripts<u32> {
        let mut scripts = Scripts::default();
        scripts.compiled("a", vec!["/t/a".into()], false);
        scripts.compiled("b", vec!["/t/b".into()], true);
        scripts
    }

    #[test]
    fn a_run_lasts_from_its_start_to_its_end() {
        let mut scripts = scripts();
        scripts.started("/t/a", |package| {
            assert_eq!(package, "a");
            7
        });
        assert_eq!(scripts.executed("a"), Run::Seen(7));
        assert_eq!(scripts.left().count(), 0);
    }

    #[test]
    fn other_programs_are_no_scripts() {
        let mut scripts = scripts();
        scripts.started("/bin/tool", |_| panic!("no script"));
        assert_eq!(scripts.failed("/bin/tool"), None);
    }

    #[test]
    fn a_script_that_was_just_compiled_has_run_now() {
        let mut scripts = scripts();
        assert_eq!(scripts.executed("a"), Run::Unseen);
        assert_eq!(scripts.executed("b"), Run::Earlier);
        assert_eq!(scripts.executed("c"), Run::Earlier);
    }

    #[test]
    fn a_script_that_fails_ends_and_the_others_go_on() {
        let mut scripts = scripts();
        scripts.started("/t/a", |_| 1);
        scripts.started("/t/b", |_| 2);
        assert_eq!(scripts.failed("/t/a"), Some(1));
        assert_eq!(scripts.left().collect::<Vec<_>>(), [2]);
    }
}
