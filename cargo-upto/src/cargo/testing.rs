//! Which tests run, told from what cargo and the tests write.
//!
//! Cargo runs one test program after the other and says so. A test program says of each test how it ended, and, if it is told
//! to (`--report-time`), how long it took.

use std::collections::HashMap;

use upto::escape;

use super::observer::Unseen;

/// The test programs there are and the one that runs, with a `T`.
#[derive(Debug)]
pub(super) struct Tests<T> {
    /// The paths of their events.
    paths: HashMap<String, String>,
    running: Option<(String, T)>,
}

impl<T> Default for Tests<T> {
    fn default() -> Self {
        Tests { paths: HashMap::new(), running: None }
    }
}

impl<T> Tests<T> {
    /// A program was made that can be run; its event is to have this path.
    pub(super) fn made(&mut self, program: String, path: String) {
        self.paths.insert(program, path);
    }

    /// A program was started with these words. True if it is one of those, whose run `value` belongs to.
    pub(super) fn started(&mut self, words: &[String], value: impl FnOnce(&str) -> T) -> bool {
        let Some(path) = words.iter().find_map(|word| self.paths.get(word)).cloned() else { return false };
        self.begun(&path, || value(&path));
        true
    }

    /// Something else that runs tests was started. What ran before has ended: there is one at a time.
    pub(super) fn begun(&mut self, path: &str, value: impl FnOnce() -> T) {
        self.end();
        self.running = Some((path.to_owned(), value()));
    }

    /// The one that runs has failed.
    pub(super) fn failed(&mut self) -> Option<T> {
        self.running.take().map(|(_, value)| value)
    }

    /// Nothing runs any more.
    pub(super) fn end(&mut self) {
        self.running = None;
    }

    /// What a line says, at the time `now` in nanoseconds: that a test has ended.
    pub(super) fn heard(&self, line: &str, now: i64) -> Option<Unseen> {
        let (program, _) = self.running.as_ref()?;
        let ended = Ended::of(line)?;
        let path = ended.name.split("::").map(escape).collect::<Vec<_>>().join(".");
        let start = ended.nanoseconds.map(|took| now.saturating_sub(took));
        Some(Unseen { path: format!("{program}.{path}"), start, end: now, has_failed: ended.has_failed })
    }
}

/// A test that has ended, as its program tells it.
#[derive(Debug, PartialEq)]
struct Ended<'a> {
    name: &'a str,
    has_failed: bool,
    nanoseconds: Option<i64>,
}

impl<'a> Ended<'a> {
    /// From `test module::name ... ok <0.012s>`; `None`: it says something else, or that the test was not run.
    fn of(line: &'a str) -> Option<Self> {
        let (name, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
        let (word, time) = outcome.split_once(" <").unwrap_or((outcome, ""));
        let has_failed = match word.trim_end() {
            "ok" => false,
            "FAILED" => true,
            _ => return None,
        };
        // `test name - should panic ... ok`.
        let name = name.split(" - should panic").next().unwrap_or(name);
        Some(Ended { name, has_failed, nanoseconds: time.strip_suffix("s>").and_then(nanoseconds) })
    }
}

/// Seconds as a test tells them; more than a day is a mistake.
fn nanoseconds(seconds: &str) -> Option<i64> {
    let seconds: f64 = seconds.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds))?;
    i64::try_from(std::time::Duration::from_secs_f64(seconds).as_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_tests_end_is_read() {
        let ended = |name, has_failed, nanoseconds| Some(Ended { name, has_failed, nanoseconds });
        assert_eq!(Ended::of("test a::b ... ok"), ended("a::b", false, None));
        assert_eq!(Ended::of("test a::b ... FAILED <0.250s>"), ended("a::b", true, Some(250_000_000)));
        assert_eq!(Ended::of("test a - should panic ... ok"), ended("a", false, None));
        assert_eq!(
            Ended::of("test src/lib.rs - f (line 3) ... ok"),
            ended("src/lib.rs - f (line 3)", false, None)
        );
        for line in
            ["test a ... ignored", "test a has been running", "running 2 tests", "test result: ok. 2", ""]
        {
            assert_eq!(Ended::of(line), None, "{line}");
        }
    }

    #[test]
    fn tests_are_part_of_the_program_that_runs() {
        let mut tests = Tests::default();
        tests.made("/t/it-1".to_owned(), "app.run it".to_owned());
        assert_eq!(tests.heard("test a ... ok", 5), None);
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(!tests.started(&words(&["/t/other"]), |_| 0));
        assert!(tests.started(&words(&["/t/it-1", "--nocapture"]), str::len));
        let heard = tests.heard("test deep::a.b ... FAILED <0.000s>", 5).expect("a test");
        let path = r"app.run it.deep.a\.b".to_owned();
        assert_eq!(heard, Unseen { path, start: Some(5), end: 5, has_failed: true });
        assert_eq!(tests.failed(), Some("app.run it".len()));
        assert_eq!(tests.failed(), None);
    }
}
