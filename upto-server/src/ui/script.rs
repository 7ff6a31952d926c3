//! A script as tokens, and written again without what only people need: comments, and most of what is between tokens.
//!
//! Names stay as they are, and so do lines, as far as they end statements: what a browser says of a failure can be found.

mod scan;

use std::borrow::Cow;

pub(super) use self::scan::{Unterminated, scan};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword, or a part of a number.
    Word,
    /// A string, a template with all that is in it, or a regular expression.
    Text,
    /// One character of punctuation.
    Mark,
}

/// What stood before a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    Nothing,
    Space,
    /// The end of a line at least, which may end a statement.
    Line,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'s, str>,
    pub(super) gap: Gap,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }

    fn is_one_of(&self, marks: &str) -> bool {
        self.kind == Kind::Mark && marks.contains(&*self.text)
    }
}

/// Behind these no statement ends.
const GOES_ON: &str = "{([,;:=&|?<>";
/// Before these none begins, or it makes no difference.
const CONTINUES: &str = "})],.;:=&|?<>";

/// Adds the tokens to a script, with no more between them than they need.
pub(super) fn write(script: &mut String, tokens: &[Token<'_>]) {
    let mut before: Option<&Token<'_>> = None;
    for token in tokens {
        script.push_str(before.map_or("", |before| between(before, token)));
        script.push_str(&token.text);
        before = Some(token);
    }
}

fn between(before: &Token<'_>, token: &Token<'_>) -> &'static str {
    let is_one_statement = before.is_one_of(GOES_ON) || token.is_one_of(CONTINUES);
    match token.gap {
        Gap::Nothing => "",
        Gap::Line if !is_one_statement => "\n",
        _ if would_merge(before, token) => " ",
        _ => "",
    }
}

/// Whether the two would be another thing without anything between them.
fn would_merge(before: &Token<'_>, token: &Token<'_>) -> bool {
    match (before.kind, token.kind) {
        (Kind::Word | Kind::Text, Kind::Word) => true,
        (Kind::Mark, Kind::Mark) => before.text == token.text && before.is_one_of("+-"),
        (Kind::Mark, Kind::Text) => before.is("/"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(source: &str) -> String {
        let mut script = String::new();
        write(&mut script, &scan(source).unwrap());
        script
    }

    #[test]
    fn comments_and_needless_space_go() {
        assert_eq!(short("/** a */\nlet a = 1; // one\nlet  b = a /* two */ + 2;\n"), "let a=1;let b=a+2;");
        assert_eq!(short("f(\n  a,\n  { b, c: [1, 2] },\n);"), "f(a,{b,c:[1,2]},);");
        assert_eq!(short("const f = (a) => {\n  return a;\n};"), "const f=(a)=>{return a;};");
    }

    #[test]
    fn what_is_in_texts_stays() {
        for text in
            ["'a // b'", "\"/* c */\"", r"'\' \\'", "`a  ${ { b: `}  c` }[ 'd}' ] } // e`", r"/[/] \/ {2}/u"]
        {
            assert_eq!(short(&format!("x = {text};")), format!("x={text};"));
        }
    }

    #[test]
    fn lines_that_end_statements_stay() {
        assert_eq!(short("a = b\nc = d\n"), "a=b\nc=d");
        assert_eq!(short("class A {\n  b() {}\n  static c = 1;\n}\nd()"), "class A{b(){}\nstatic c=1;}\nd()");
        assert_eq!(short("a\n  .b()\n  ?.c"), "a.b()?.c");
    }

    #[test]
    fn what_would_merge_stays_apart() {
        assert_eq!(short("a + +b - -c + -d"), "a+ +b- -c+-d");
        assert_eq!(short("a / /b/g.exec(c)"), "a/ /b/g.exec(c)");
        assert_eq!(short("typeof a in b"), "typeof a in b");
        assert_eq!(short("/a/ in b"), "/a/ in b");
        assert_eq!(short("return \"a\";"), "return\"a\";");
    }

    #[test]
    fn slashes_divide_behind_values_and_begin_expressions_elsewhere() {
        assert_eq!(short("a = (b) / c / d[0] / 2; // e"), "a=(b)/c/d[0]/2;");
        assert_eq!(short("f(/ +'/, /[^/]+ x/)"), "f(/ +'/,/[^/]+ x/)");
        assert_eq!(short("return /a  b/.test(c)"), "return/a  b/.test(c)");
    }

    #[test]
    fn what_has_no_end_is_refused() {
        for source in ["'a", "`a", "`${a`", "/* a", "a = /b\n/", "'a\n'"] {
            assert!(scan(source).is_err(), "{source}");
        }
    }
}
