//! A script as tokens, and written again without what only people need: comments, and most of what is between tokens.
//!
//! Lines stay as far as they end statements, and so do the names of members: what a browser says of a failure can be found.

mod declared;
mod roles;
mod scan;

use std::borrow::Cow;
use std::collections::BTreeSet;

pub(super) use self::declared::{bound, declared};
pub(super) use self::roles::{GLOBALS, KEYWORDS, Role, Roles};
pub(super) use self::scan::{Unterminated, scan};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword, or a part of a number.
    Word,
    /// A string, a regular expression, or a part of a template: what is around braces, with those.
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

    /// Whether something is closed behind it.
    fn opens(&self) -> bool {
        let is_template = self.text.starts_with(['`', '}']) && self.text.ends_with("${");
        self.is_one_of("{([") || (self.kind == Kind::Text && is_template)
    }

    /// Whether it closes what was opened.
    fn closes(&self) -> bool {
        self.is_one_of("})]") || (self.kind == Kind::Text && self.text.starts_with('}'))
    }
}

/// Behind these no statement ends.
const GOES_ON: &str = "{([,;:=&|?<>";
/// Before these none begins, or it makes no difference.
const CONTINUES: &str = "})],.;:=&|?<>";

/// Adds the tokens to a script, with no more between them than they need, and without marks that mean nothing.
pub(super) fn write(script: &mut String, tokens: &[Token<'_>]) {
    let tokens = &merged(tokens);
    let needless = needless(tokens);
    let mut before: Option<&Token<'_>> = None;
    let mut gap = Gap::Nothing;
    for (at, token) in tokens.iter().enumerate() {
        gap = gap.max(token.gap);
        if needless.contains(&at) {
            continue;
        }
        let token = Token { kind: token.kind, text: Cow::Borrowed(&token.text), gap };
        script.push_str(before.map_or("", |before| between(before, &token)));
        script.push_str(&token.text);
        (before, gap) = (tokens.get(at), Gap::Nothing);
    }
}

/// The same with declarations of one kind that follow each other as one: `const a = 1, b = 2;`. Within functions all are `let`,
/// which is shorter; at the top, engines reckon with what a `const` is.
fn merged<'s>(tokens: &[Token<'s>]) -> Vec<Token<'s>> {
    let mut merged: Vec<Token<'s>> = Vec::with_capacity(tokens.len());
    // What is being declared, by how many brackets are open.
    let mut kinds: Vec<Option<&str>> = vec![None];
    for (at, token) in tokens.iter().enumerate() {
        if token.closes() {
            kinds.pop();
        }
        let is_behind = at > 0 && tokens[at - 1].is(";");
        let declared = declaration(tokens, at).map(|kind| if kinds.len() > 1 { "let" } else { kind });
        match kinds.last_mut() {
            Some(Some(kind)) if is_behind && declared == Some(kind) => {
                merged.pop();
                merged.push(Token { kind: Kind::Mark, text: Cow::Borrowed(","), gap: Gap::Nothing });
                continue;
            }
            Some(kind) if is_behind || declared.is_some() => *kind = declared,
            _ => {}
        }
        let text = declared.map_or_else(|| token.text.clone(), |kind| Cow::Owned(kind.to_owned()));
        merged.push(Token { text, ..*token });
        if token.opens() {
            kinds.push(None);
        }
    }
    merged
}

/// How variables are declared at a place; `None` where none are, such as in `{ const: 1 }`.
fn declaration<'t>(tokens: &'t [Token<'_>], at: usize) -> Option<&'t str> {
    let is_word = tokens[at].is("const") || tokens[at].is("let");
    let is_member = at > 0 && tokens[at - 1].is(".");
    let binds = |next: &Token<'_>| next.kind == Kind::Word || next.is("{") || next.is("[");
    (is_word && !is_member && tokens.get(at + 1).is_some_and(binds)).then_some(&*tokens[at].text)
}

/// What is in round brackets behind these comes before a statement, which may be an empty one.
const CONDITIONS: [&str; 4] = ["if", "for", "while", "with"];

/// The places of marks that mean nothing: a comma behind the last one, a semicolon behind the last statement, and brackets
/// around the only parameter of an arrow.
fn needless(tokens: &[Token<'_>]) -> BTreeSet<usize> {
    let mut needless = BTreeSet::new();
    let mut open: Vec<usize> = Vec::new();
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.is(text));
    // Whether the last bracket that was closed held a condition.
    let mut is_condition = false;
    for (at, token) in tokens.iter().enumerate() {
        if token.closes() {
            let opened = open.pop().unwrap_or_default();
            let comes_before = |word: &&str| opened > 0 && is(opened - 1, word);
            is_condition = CONDITIONS.iter().any(comes_before);
        }
        if token.opens() {
            open.push(at);
        }
        let is_last = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Mark && next.closes());
        let is_empty = at == 0 || tokens[at - 1].is_one_of(",[({;");
        let ends_statement = is(at, ";") && is(at + 1, "}") && !(is(at.wrapping_sub(1), ")") && is_condition);
        if ((is(at, ",") && is_last) || ends_statement) && !is_empty {
            needless.insert(at);
        }
        let is_arrow = is(at, "(") && is(at + 2, ")") && is(at + 3, "=") && is(at + 4, ">");
        let is_alone = tokens.get(at + 1).is_some_and(|token| token.kind == Kind::Word);
        if is_arrow && is_alone && at > 0 && tokens[at - 1].kind == Kind::Mark {
            needless.extend([at, at + 2]);
        }
    }
    needless
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
        assert_eq!(short("/** a */\nlet a = 1; // one\nlet  b = a /* two */ + 2;\n"), "let a=1,b=a+2;");
        assert_eq!(short("f(\n  a,\n  { b, c: [1, 2] },\n);"), "f(a,{b,c:[1,2]});");
        assert_eq!(short("const f = (a) => {\n  return a;\n};"), "const f=a=>{return a};");
    }

    #[test]
    fn marks_that_mean_nothing_go_and_others_stay() {
        assert_eq!(
            short("f((a) => { g(); }, async (b) => c, (d, e) => {});"),
            "f(a=>{g()},async(b)=>c,(d,e)=>{});"
        );
        assert_eq!(short("[, a, , ];"), "[,a,,];");
        assert_eq!(
            short("{ while (f(a)); } { if (b) ; } { for (;;) ; }"),
            "{while(f(a));}{if(b);}{for(;;);}"
        );
        assert_eq!(short("class A {\n  b = 1;\n  c() {\n    d();\n  }\n}"), "class A{b=1;c(){d()}}");
    }

    #[test]
    fn declarations_that_follow_each_other_become_one() {
        assert_eq!(
            short("const a = 1;\nconst [b] = c;\nlet d;\nconst e = f;"),
            "const a=1,[b]=c;let d;const e=f;"
        );
        assert_eq!(
            short("for (const a of b) { let c = 1; let d; d(); let e; }"),
            "for(let a of b){let c=1,d;d();let e}"
        );
        assert_eq!(short("{ const a = 1; let b; const [c] = d; }"), "{let a=1,b,[c]=d}");
        assert_eq!(
            short("a.const = 1; const b = { const: 2 }; const c = 3;"),
            "a.const=1;const b={const:2},c=3;"
        );
        assert_eq!(short("const a = () => { let b; };\nlet c;"), "const a=()=>{let b};let c;");
    }

    #[test]
    fn what_is_in_texts_stays() {
        for text in ["'a // b'", "\"/* c */\"", r"'\' \\'", "`a  // b`", r"`\${ a`", r"/[/] \/ {2}/u"] {
            assert_eq!(short(&format!("x = {text};")), format!("x={text};"));
        }
    }

    #[test]
    fn what_is_in_the_braces_of_templates_is_shortened_too() {
        let source = "`a  ${ { b: `}  c` }[ 'd}' ] } // e`";
        assert_eq!(short(source), "`a  ${{b:`}  c`}['d}']} // e`");
        assert_eq!(short("`${ a }${ `${ b /* c */ } d` }`"), "`${a}${`${b} d`}`");
    }

    #[test]
    fn lines_that_end_statements_stay() {
        assert_eq!(short("a = b\nc = d\n"), "a=b\nc=d");
        assert_eq!(short("class A {\n  b() {}\n  static c = 1;\n}\nd()"), "class A{b(){}\nstatic c=1}\nd()");
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
