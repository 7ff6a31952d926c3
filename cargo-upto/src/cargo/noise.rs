//! What is left out of cargo's text: lines that are only there because cargo has to say more than people
//! ask for, so that build scripts can be seen.

use super::line::Line;

const CAUSE: &str = "Caused by:";

/// Leaves out the whole call of a `rustc` that failed with an exit code. Cargo itself says it only when
/// asked for more, because what is wrong with the crate was said before.
#[derive(Debug, Default)]
pub(super) struct Noise {
    /// Lines that may be part of it.
    held: Vec<String>,
}

impl Noise {
    /// The lines to show now that `text` has come, which is `line`.
    pub(super) fn filter(&mut self, text: &str, line: &Line) -> Vec<String> {
        match line {
            Line::Failed { status, is_rustc: true, .. }
                if status.starts_with("exit ") && self.ends_in_cause() =>
            {
                self.held.clear();
                Vec::new()
            }
            Line::Text if text.is_empty() || text == CAUSE => {
                let shown = if text.is_empty() { self.rest() } else { Vec::new() };
                self.held.push(text.to_owned());
                shown
            }
            _ => {
                let mut shown = self.rest();
                shown.push(text.to_owned());
                shown
            }
        }
    }

    /// The lines that were held back and are not followed by anything.
    pub(super) fn rest(&mut self) -> Vec<String> {
        std::mem::take(&mut self.held)
    }

    fn ends_in_cause(&self) -> bool {
        self.held.last().is_some_and(|last| last == CAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &[&str]) -> Vec<String> {
        let mut noise = Noise::default();
        let mut shown: Vec<_> = lines.iter().flat_map(|text| noise.filter(text, &Line::of(text))).collect();
        shown.extend(noise.rest());
        shown
    }

    #[test]
    fn the_call_of_a_rustc_that_failed_is_left_out() {
        let failed = "  process didn't exit successfully: `w rustc --crate-name a` (exit status: 1)";
        let lines = ["error: could not compile `a`", "", CAUSE, failed, "after"];
        assert_eq!(shown(&lines), ["error: could not compile `a`", "after"]);
    }

    #[test]
    fn everything_else_is_shown_in_its_order() {
        for lines in [
            &["warning: x", "", " --> a", "", "", "end", ""][..],
            &[
                "error: no",
                "",
                CAUSE,
                "  process didn't exit successfully: `/t/script` (exit status: 1)",
                "  --- stderr",
            ],
            &[
                "",
                CAUSE,
                "  process didn't exit successfully: `rustc --crate-name a` (signal: 9, SIGKILL: kill)",
            ],
            &["", CAUSE, CAUSE, "x"],
            &[CAUSE],
            &["  process didn't exit successfully: `rustc --crate-name a` (exit status: 1)"],
        ] {
            assert_eq!(shown(lines), lines);
        }
    }
}
