//! Texts that others wrote, and how many columns they take.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// True for what a terminal obeys, and for what turns the direction of writing around.
fn is_harmful(character: char) -> bool {
    let is_direction =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || is_direction || matches!(character, '\u{2028}' | '\u{2029}')
}

/// `text` without anything that a terminal would obey.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return text.into();
    }
    let shown = |character| if is_harmful(character) { char::REPLACEMENT_CHARACTER } else { character };
    text.chars().map(shown).collect()
}

/// The same JSON, with what a terminal would obey written as numbers.
pub(super) fn harmless_json(json: &str) -> Cow<'_, str> {
    let is_escaped = |character| is_harmful(character) && character != '\n';
    if !json.contains(is_escaped) {
        return json.into();
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        // All of them are below U+10000; writing to a text can't fail.
        let _ = match is_escaped(character) {
            true => write!(escaped, "\\u{:04x}", u32::from(character)),
            false => escaped.write_char(character),
        };
    }
    escaped.into()
}

/// Columns that `text` takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// `text` in exactly `width` columns: padded with spaces at its end, or cut.
pub(super) fn fit(text: &str, width: usize) -> String {
    let mut fitted = cut(text, width).into_owned();
    let missing = width.saturating_sub(columns(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// `text` in at most `width` columns; what is cut ends in `…`.
pub(super) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if columns(text) <= width {
        return text.into();
    }
    let Some(mut left) = width.checked_sub(1) else { return "".into() };
    let fits = |character: &char| match left.checked_sub(character.width().unwrap_or(0)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_would_obey() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{202e}d\u{9b}e"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e");
        assert_eq!(harmless("ä日 <b>%s"), "ä日 <b>%s");
    }

    #[test]
    fn json_says_the_same_in_harmless_characters() {
        let text = "a\u{9b}b\u{202e}\u{7f}";
        let json = serde_json::to_string_pretty(&[text]).expect("JSON");
        let escaped = harmless_json(&json);
        assert_eq!(escaped, "[\n  \"a\\u009bb\\u202e\\u007f\"\n]");
        assert_eq!(serde_json::from_str::<[String; 1]>(&escaped).expect("JSON"), [text]);
    }

    #[test]
    fn texts_are_fitted_by_columns_and_not_by_characters() {
        for (text, width, expected) in [
            ("abc", 5, "abc  "),
            ("abcdef", 5, "abcd…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日… "),
            ("abc", 0, ""),
        ] {
            assert_eq!(fit(text, width), expected);
        }
    }
}
