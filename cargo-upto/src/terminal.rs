//! What the terminal can do, and texts made for it.

use std::borrow::Cow;
use std::io::IsTerminal;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns where nobody says how many there are.
const COLUMNS: usize = 100;
/// Fewer columns than this are no use; lines are then longer than the terminal is wide.
const LEAST_COLUMNS: usize = 40;

/// How to write to standard output or standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Columns of a line.
    pub(crate) width: usize,
    /// True if somebody looks at it while it is written.
    pub(crate) is_live: bool,
    /// True if colours are welcome.
    pub(crate) has_colours: bool,
}

impl Terminal {
    pub(crate) fn of_output() -> Self {
        Self::of(&std::io::stdout())
    }

    pub(crate) fn of_errors() -> Self {
        Self::of(&std::io::stderr())
    }

    fn of(stream: &(impl IsTerminal + Stream)) -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_live = stream.is_terminal() && variable("TERM").is_none_or(|kind| kind != "dumb");
        let said = || variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = columns(stream).or_else(said).unwrap_or(COLUMNS).max(LEAST_COLUMNS);
        Terminal { width, is_live, has_colours: is_live && variable("NO_COLOR").is_none() }
    }

    /// `text` in a colour, if those are welcome.
    pub(crate) fn paint<'a>(&self, colour: Colour, text: &'a str) -> Cow<'a, str> {
        if !self.has_colours || colour == Colour::Plain || text.trim().is_empty() {
            return text.into();
        }
        format!("\u{1b}[{}m{text}\u{1b}[0m", colour.code()).into()
    }
}

/// Colours by what they are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Plain,
    Good,
    Bad,
    Doubtful,
    Dim,
    Bold,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Colour::Plain => "0",
            Colour::Good => "32",
            Colour::Bad => "31",
            Colour::Doubtful => "33",
            Colour::Dim => "2",
            Colour::Bold => "1",
        }
    }
}

#[cfg(unix)]
use std::os::fd::AsFd as Stream;
#[cfg(windows)]
use std::os::windows::io::AsHandle as Stream;

#[cfg(unix)]
fn columns(stream: &impl Stream) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn columns(_stream: &impl Stream) -> Option<usize> {
    None
}

/// `text` without anything that a terminal would obey, or that turns the direction of writing around.
pub(crate) fn harmless(text: &str) -> String {
    let is_direction = |character| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = |character: char| match character.is_control() || is_direction(character) {
        true => char::REPLACEMENT_CHARACTER,
        false => character,
    };
    text.chars().map(shown).collect()
}

/// Columns that `text` takes.
pub(crate) fn columns_of(text: &str) -> usize {
    text.width()
}

/// `text` in exactly `width` columns: padded with spaces at its end, or cut.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let mut fitted = cut(text, width).into_owned();
    let missing = width.saturating_sub(columns_of(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// `text` in at most `width` columns; what is cut ends in `…`.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if columns_of(text) <= width {
        return text.into();
    }
    let mut left = width.saturating_sub(1);
    let fits = |character: &char| match left.checked_sub(character.width().unwrap_or(0)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let kept: String = text.chars().take_while(fits).collect();
    if width == 0 { kept.into() } else { (kept + "…").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_fitted_by_columns_and_not_by_characters() {
        assert_eq!(fit("abc", 5), "abc  ");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{202e}d"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(harmless("ä日 <b>"), "ä日 <b>");
    }

    #[test]
    fn colours_are_left_out_where_they_are_not_welcome() {
        let terminal = Terminal { width: 80, is_live: false, has_colours: false };
        assert_eq!(terminal.paint(Colour::Bad, "a"), "a");
        let terminal = Terminal { has_colours: true, ..terminal };
        assert_eq!(terminal.paint(Colour::Bad, "a"), "\u{1b}[31ma\u{1b}[0m");
        assert_eq!(terminal.paint(Colour::Plain, "a"), "a");
    }
}
