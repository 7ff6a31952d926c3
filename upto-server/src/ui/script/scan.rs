//! Cuts a script into tokens. It knows as much of the language as that takes: where strings, templates, regular
//! expressions and comments end. Of a template, what is in braces becomes tokens too.

use std::borrow::Cow;

use super::{Gap, Kind, Token};

/// A string, a template, a regular expression or a comment that does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("something at byte {0} does not end")]
pub(in crate::ui) struct Unterminated(usize);

/// Words that an expression follows, and not an operator.
const BEFORE_EXPRESSIONS: [&str; 14] = [
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "instanceof",
    "new",
    "delete",
    "void",
    "throw",
    "await",
    "yield",
    "do",
    "else",
];

/// A piece of a script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Token(Kind),
    Space,
    Comment,
}

/// The tokens of a script, in their order.
///
/// # Errors
/// [`Unterminated`] says what is not read to its end.
pub(in crate::ui) fn scan(source: &str) -> Result<Vec<Token<'_>>, Unterminated> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let (mut at, mut gap) = (0, Gap::Nothing);
    while at < source.len() {
        let rest = &source[at..];
        let last = tokens.last().map(|token| (token.kind, &*token.text));
        let (piece, length) = first_piece(rest, last).ok_or(Unterminated(at))?;
        let text = &rest[..length];
        at += length;
        match piece {
            Piece::Token(kind) => {
                match text.starts_with('`') {
                    true => push_template(&mut tokens, text, gap)?,
                    false => tokens.push(Token { kind, text: Cow::Borrowed(text), gap }),
                }
                gap = Gap::Nothing;
            }
            Piece::Space | Piece::Comment if text.contains('\n') => gap = Gap::Line,
            Piece::Space | Piece::Comment => gap = gap.max(Gap::Space),
        }
    }
    Ok(tokens)
}

/// Adds a template: its texts, each with the braces beside it, and between them the tokens of what is in braces.
fn push_template<'s>(
    tokens: &mut Vec<Token<'s>>,
    template: &'s str,
    mut gap: Gap,
) -> Result<(), Unterminated> {
    let (bytes, mut from, mut at) = (template.as_bytes(), 0, 1);
    let text = |text, gap| Token { kind: Kind::Text, text: Cow::Borrowed(text), gap };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                let inner = at + 2;
                at = inner + substitution_length(&template[inner..]).ok_or(Unterminated(inner))?;
                tokens.push(text(&template[from..inner], gap));
                let inside = tokens.len();
                tokens.extend(scan(&template[inner..at - 1])?);
                if let Some(first) = tokens.get_mut(inside) {
                    first.gap = Gap::Nothing;
                }
                (from, gap) = (at - 1, Gap::Nothing);
            }
            _ => at += 1,
        }
    }
    tokens.push(text(&template[from..], gap));
    Ok(())
}

/// The piece that a text begins with, and its length. The token before it tells what a slash means.
fn first_piece(rest: &str, last: Option<(Kind, &str)>) -> Option<(Piece, usize)> {
    let run = |is: fn(char) -> bool| rest.find(|character| !is(character)).unwrap_or(rest.len());
    let token = |kind, length: Option<usize>| length.map(|length| (Piece::Token(kind), length));
    let first = rest.chars().next()?;
    match first {
        _ if first.is_whitespace() => Some((Piece::Space, run(char::is_whitespace))),
        _ if is_of_word(first) => token(Kind::Word, Some(run(is_of_word))),
        '/' if rest.starts_with("//") => Some((Piece::Comment, rest.find('\n').unwrap_or(rest.len()))),
        '/' if rest.starts_with("/*") => {
            let end = rest[2..].find("*/")? + 4;
            Some((Piece::Comment, end))
        }
        '/' if begins_expression(last) => token(Kind::Text, expression_length(rest)),
        '"' | '\'' => token(Kind::Text, string_length(rest.as_bytes())),
        '`' => token(Kind::Text, template_length(rest)),
        _ => token(Kind::Mark, Some(first.len_utf8())),
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$' | '#')
}

/// Whether what follows is an expression, so that a slash begins a regular one.
fn begins_expression(last: Option<(Kind, &str)>) -> bool {
    match last {
        None => true,
        Some((Kind::Mark, mark)) => !matches!(mark, ")" | "]" | "}"),
        Some((Kind::Word, word)) => BEFORE_EXPRESSIONS.contains(&word),
        Some((Kind::Text, _)) => false,
    }
}

fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            byte if byte == bytes[0] => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn template_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'`' => return Some(at + 1),
            b'$' if bytes.get(at + 1) == Some(&b'{') => at += 2 + substitution_length(&rest[at + 2..])?,
            _ => at += 1,
        }
    }
}

/// How long what a template has in braces is, with the closing one.
fn substitution_length(rest: &str) -> Option<usize> {
    let (mut at, mut depth, mut last) = (0, 0_usize, None);
    while at < rest.len() {
        let (piece, length) = first_piece(&rest[at..], last)?;
        let text = &rest[at..at + length];
        at += length;
        let Piece::Token(kind) = piece else { continue };
        last = Some((kind, text));
        match text {
            "{" => depth += 1,
            "}" if depth == 0 => return Some(at),
            "}" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// How long a regular expression is, with its flags.
fn expression_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut at, mut is_in_class) = (1, false);
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 1,
            b'\n' => return None,
            b'[' => is_in_class = true,
            b']' => is_in_class = false,
            b'/' if !is_in_class => break,
            _ => {}
        }
        at += 1;
    }
    let flags = &rest[at + 1..];
    Some(at + 1 + flags.find(|character| !is_of_word(character)).unwrap_or(flags.len()))
}
