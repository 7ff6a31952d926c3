//! What cargo's output means for the build that it tells of.

use std::collections::HashSet;
use std::process::ExitStatus;
use std::time::{SystemTime, UNIX_EPOCH};

use upto::{Event, escape};

use super::Built;
use super::line::Line;
use super::message::{Message, Target};
use super::noise::Noise;
use super::package;
use super::scripts::{Run, Scripts};
use super::testing::Tests;
use crate::progress::Progress;

/// What has ended and was not seen to start: how long a build script took is not known then, and of a test only if it says
/// so itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unseen {
    /// The path of its event below the build's.
    pub(crate) path: String,
    /// When it began, if it says how long it took, in nanoseconds since the epoch.
    pub(crate) start: Option<i64>,
    /// When it was said to have ended, in nanoseconds since the epoch.
    pub(crate) end: i64,
    /// It failed.
    pub(crate) has_failed: bool,
}

/// Listens to one run of cargo: tells the progress, starts and ends the events of build scripts.
pub(super) struct Observer<'a> {
    progress: &'a Progress,
    scripts: Scripts<Event>,
    tests: Tests<Event>,
    noise: Noise,
    observed: Observed,
}

/// What an observer has learned.
#[derive(Debug, Default)]
pub(super) struct Observed {
    packages: HashSet<String>,
    unseen: Vec<Unseen>,
    has_begun: bool,
    misses_network: bool,
}

impl Observed {
    /// True if nothing was compiled because there is no network.
    pub(super) fn lacks_network(&self) -> bool {
        self.misses_network && !self.has_begun
    }

    pub(super) fn built(self, status: ExitStatus) -> Built {
        Built { status, packages: self.packages.len(), unseen: self.unseen }
    }
}

impl<'a> Observer<'a> {
    pub(super) fn new(progress: &'a Progress) -> Self {
        let (scripts, noise, observed) = (Scripts::default(), Noise::default(), Observed::default());
        Observer { progress, scripts, tests: Tests::default(), noise, observed }
    }

    /// Takes the next line.
    pub(super) fn take(&mut self, text: &str) {
        match Line::of(text) {
            Line::Message(message) => self.hear(message),
            Line::Compiling(crate_name) => {
                self.observed.has_begun = true;
                self.progress.started(crate_name);
            }
            Line::Running(words) => self.running(text, &words),
            Line::Status(status) => self.status(text, status),
            line => self.show(text, &line),
        }
    }

    /// A program runs: a build script, or a test.
    fn running(&mut self, text: &str, words: &[String]) {
        if let Some(program) = words.last() {
            self.scripts.started(program, start);
        }
        if self.tests.started(words, |path| Event::builder(path.to_owned()).start_detached()) {
            self.progress.print(text);
        }
    }

    fn status(&mut self, text: &str, status: String) {
        if let Some(package) = status.strip_prefix("Doc-tests ") {
            let path = format!("{}.doctests", escape(package));
            self.tests.begun(&path, || Event::builder(path.clone()).start_detached());
            self.progress.print(text);
        }
        self.progress.doing(status);
    }

    /// There are no more lines.
    pub(super) fn end(mut self) -> Observed {
        self.noise.rest().iter().for_each(|text| self.progress.print(text));
        // Cargo waits for its scripts, unless somebody ended it.
        self.scripts.left().for_each(Event::cancel);
        self.tests.end();
        self.observed
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::CompilerArtifact { package_id, target, filenames, executable, fresh } => {
                if let Some(program) = executable {
                    let path = format!("{}.run {}", escape(package::name(&package_id)), escape(&target.name));
                    self.tests.made(program, path);
                }
                self.made(package_id, &target, filenames, fresh);
            }
            Message::BuildScriptExecuted { package_id } => self.executed(&package_id),
            Message::Other => {}
        }
    }

    fn made(&mut self, package: String, target: &Target, files: Vec<String>, is_fresh: bool) {
        if target.is_build_script() {
            self.scripts.compiled(&package, files, is_fresh);
        } else {
            self.observed.packages.insert(package);
        }
        self.observed.has_begun = true;
        self.progress.made(&target.crate_name(), self.observed.packages.len());
    }

    fn executed(&mut self, package: &str) {
        match self.scripts.executed(package) {
            Run::Seen(event) => event.end(),
            Run::Unseen => self.observed.unseen.push(Unseen {
                path: path(package),
                start: None,
                end: now(),
                has_failed: false,
            }),
            Run::Earlier => {}
        }
    }

    /// What a test program says: how one of its tests ended, or how it does itself.
    fn tested(&mut self, text: &str) {
        self.observed.unseen.extend(self.tests.heard(text, now()));
        if let Some(result) = text.strip_prefix("test result: FAILED. ")
            && let Some(event) = self.tests.failed()
        {
            event.fail(result);
        }
    }

    fn show(&mut self, text: &str, line: &Line) {
        if let Line::Failed { program, status, .. } = line
            && let Some(event) = self.scripts.failed(program)
        {
            event.fail(status);
        } else if let Line::Failed { status, .. } = line
            && let Some(event) = self.tests.failed()
        {
            event.fail(status);
        }
        if matches!(line, Line::Text) {
            self.tested(text);
        }
        self.observed.misses_network |= tells_of_no_network(text);
        self.noise.filter(text, line).iter().for_each(|text| self.progress.print(text));
    }
}

fn start(package: &str) -> Event {
    Event::builder(path(package)).start_detached()
}

fn path(package: &str) -> String {
    format!("{}.build_script.run", escape(package::name(package)))
}

fn tells_of_no_network(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "could not resolve host",
        "couldn't connect to server",
        "spurious network error",
        "failed to download",
        "download of config.json failed",
        "failed to fetch",
        "network failure",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(lines: &[&str]) -> Observed {
        let progress = Progress::silent();
        let mut observer = Observer::new(&progress);
        lines.iter().for_each(|line| observer.take(line));
        observer.end()
    }

    const SCRIPT: &str = r#"{"reason":"compiler-artifact","package_id":"p#a@1.0.0","target":{"kind":["custom-build"],"name":"build-script-build"},"filenames":["/t/a"],"fresh":false}"#;
    const EXECUTED: &str = r#"{"reason":"build-script-executed","package_id":"p#a@1.0.0"}"#;
    const LIBRARY: &str = r#"{"reason":"compiler-artifact","package_id":"p#a@1.0.0","target":{"kind":["lib"],"name":"a"},"filenames":[],"fresh":false}"#;

    #[test]
    fn a_script_that_was_not_seen_to_start_is_remembered() {
        let unseen = observed(&[SCRIPT, EXECUTED]).unseen;
        assert_eq!(unseen.len(), 1);
        assert_eq!(unseen[0].path, "a.build_script.run");
        assert_eq!(observed(&[SCRIPT, "     Running `/t/a`", EXECUTED]).unseen, []);
        assert_eq!(observed(&[EXECUTED]).unseen, []);
    }

    #[test]
    fn a_package_counts_when_more_than_its_script_was_compiled() {
        assert_eq!(observed(&[SCRIPT]).packages.len(), 0);
        assert_eq!(observed(&[SCRIPT, LIBRARY, LIBRARY]).packages.len(), 1);
    }

    #[test]
    fn the_network_is_to_blame_only_before_anything_was_compiled() {
        let missing = "  [6] Couldn't resolve host name (Could not resolve host: index.crates.io)";
        assert!(observed(&["error: failed to get `a`", missing]).lacks_network());
        assert!(!observed(&[LIBRARY, missing]).lacks_network());
        assert!(!observed(&["error: no such package"]).lacks_network());
    }
}
