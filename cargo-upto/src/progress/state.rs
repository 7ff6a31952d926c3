//! What is known of a build that runs, and the line that tells it.

use std::time::Duration;

use crate::terminal::{columns_of, cut, harmless};

/// How far a build is.
#[derive(Debug, Default)]
pub(super) struct State {
    total: Option<usize>,
    done: usize,
    /// Crates that are being compiled, the ones that began first in front.
    compiling: Vec<String>,
    doing: String,
}

impl State {
    pub(super) fn of(total: Option<usize>) -> Self {
        State { total, ..State::default() }
    }

    pub(super) fn started(&mut self, crate_name: String) {
        self.compiling.push(crate_name);
    }

    pub(super) fn made(&mut self, crate_name: &str, done: usize) {
        self.done = done;
        if let Some(place) = self.compiling.iter().position(|name| name == crate_name) {
            self.compiling.remove(place);
        }
    }

    pub(super) fn doing(&mut self, status: String) {
        self.doing = status;
    }

    /// The line for this instant, in at most `width` columns.
    pub(super) fn line(&self, elapsed: Duration, width: usize) -> String {
        let mut line = format!("{:5.1} s  {}", elapsed.as_secs_f64(), self.count());
        let left = width.saturating_sub(columns_of(&line) + 2);
        let now = if self.compiling.is_empty() { harmless(&self.doing) } else { self.names(left) };
        if !now.is_empty() {
            line = format!("{line}  {now}");
        }
        cut(&line, width).into_owned()
    }

    /// The total is what the lock file has for this build: an upper limit, as some of it may be there
    /// already. What turns out to be more shows that it was not even that.
    fn count(&self) -> String {
        match self.total.filter(|total| *total >= self.done) {
            Some(total) => format!("{} of at most {total} packages", self.done),
            None if self.done == 1 => "1 package".to_owned(),
            None => format!("{} packages", self.done),
        }
    }

    /// As many names as there is room for, and how many more there are.
    fn names(&self, width: usize) -> String {
        let all = self.compiling.len();
        for shown in (1..=all).rev() {
            let mut names = self.compiling.get(..shown).unwrap_or_default().join(", ");
            if shown < all {
                names = format!("{names}, +{}", all - shown);
            }
            let names = harmless(&names);
            if columns_of(&names) <= width || all == 1 {
                return cut(&names, width).into_owned();
            }
        }
        format!("{all} crates")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiling(total: Option<usize>, names: &[&str]) -> State {
        let mut state = State::of(total);
        names.iter().for_each(|name| state.started((*name).to_owned()));
        state
    }

    fn line(state: &State, width: usize) -> String {
        state.line(Duration::from_millis(12_340), width)
    }

    #[test]
    fn it_tells_time_count_and_what_compiles() {
        let mut state = compiling(Some(24), &["syn", "serde", "build_script_build", "build_script_build"]);
        state.made("build_script_build", 16);
        state.made("serde", 17);
        assert_eq!(line(&state, 80), " 12.3 s  17 of at most 24 packages  syn, build_script_build");
    }

    #[test]
    fn a_total_that_is_not_known_or_was_wrong_is_not_told() {
        let mut state = compiling(None, &[]);
        assert_eq!(line(&state, 80), " 12.3 s  0 packages");
        state.made("a", 1);
        assert_eq!(line(&state, 80), " 12.3 s  1 package");
        let mut state = compiling(Some(1), &[]);
        state.made("a", 2);
        assert_eq!(line(&state, 80), " 12.3 s  2 packages");
    }

    #[test]
    fn it_keeps_within_its_width() {
        let state = compiling(None, &["alpha", "beta", "gamma", "delta"]);
        assert_eq!(line(&state, 47), " 12.3 s  0 packages  alpha, beta, gamma, delta");
        assert_eq!(line(&state, 40), " 12.3 s  0 packages  alpha, beta, +2");
        assert_eq!(line(&state, 30), " 12.3 s  0 packages  alpha, +3");
        assert_eq!(line(&state, 29), " 12.3 s  0 packages  4 crates");
        assert_eq!(line(&state, 12), " 12.3 s  0 …");
    }

    #[test]
    fn while_nothing_compiles_it_says_what_cargo_does() {
        let mut state = compiling(None, &[]);
        state.doing("Updating crates.io index".to_owned());
        assert_eq!(line(&state, 80), " 12.3 s  0 packages  Updating crates.io index");
    }
}
