//! What standard output is, and what may be written to it.

use std::io::{IsTerminal, stdout};

use anstyle::{AnsiColor, Style};

/// Columns where nobody says how many there are.
const COLUMNS: usize = 100;
/// On fewer columns nothing can be shown; lines are then longer than the terminal is wide.
const LEAST_COLUMNS: usize = 40;

/// Standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terminal {
    /// Columns of a line.
    pub(super) columns: usize,
    /// True if somebody looks at it who can press keys.
    pub(super) is_interactive: bool,
    /// True if colours are welcome.
    pub(super) has_colours: bool,
}

impl Terminal {
    /// What it is.
    pub(super) fn of_output() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_interactive = stdout().is_terminal() && variable("TERM").is_none_or(|kind| kind != "dumb");
        let said = || variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let columns = width().or_else(said).unwrap_or(COLUMNS).max(LEAST_COLUMNS);
        Terminal { columns, is_interactive, has_colours: is_interactive && variable("NO_COLOR").is_none() }
    }

    /// `text` in a colour, if those are welcome.
    pub(super) fn paint(&self, colour: Colour, text: &str) -> String {
        match colour.style() {
            Some(style) if self.has_colours && !text.is_empty() => format!("{style}{text}{style:#}"),
            _ => text.to_owned(),
        }
    }
}

/// Colours by what they are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Plain,
    Running,
    Failed,
    Doubtful,
    Dim,
    Bold,
}

impl Colour {
    fn style(self) -> Option<Style> {
        Some(match self {
            Colour::Plain => return None,
            Colour::Running => AnsiColor::Cyan.on_default(),
            Colour::Failed => AnsiColor::Red.on_default(),
            Colour::Doubtful => AnsiColor::Yellow.on_default(),
            Colour::Dim => Style::new().dimmed(),
            Colour::Bold => Style::new().bold(),
        })
    }
}

#[cfg(unix)]
fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn width() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_left_out_where_they_are_not_welcome() {
        let terminal = Terminal { columns: 80, is_interactive: false, has_colours: false };
        assert_eq!(terminal.paint(Colour::Failed, "a"), "a");
        let terminal = Terminal { has_colours: true, ..terminal };
        assert_eq!(terminal.paint(Colour::Failed, "a"), "\u{1b}[31ma\u{1b}[0m");
        assert_eq!(terminal.paint(Colour::Plain, "a"), "a");
    }
}
