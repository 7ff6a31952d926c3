//! What the words of a script are: names of variables, of members, or the language's own.
//!
//! It tells so by the brackets around a word and its neighbours, as far as the page's scripts need: each statement ends with
//! a semicolon, and there are no labels.

use super::{Kind, Token};

/// What a token is to names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Role {
    /// No name, or that of a member.
    Other,
    /// The name of a variable.
    Name,
    /// Likewise, of a member too: `{ name }`.
    Shorthand,
    /// The name of a private member.
    Private,
}

/// What is not the name of a variable, wherever it stands.
pub(in crate::ui) const KEYWORDS: &[&str] = &[
    "arguments",
    "as",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "is",
    "let",
    "new",
    "null",
    "of",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// What the page's scripts find in a browser: these names stay.
pub(in crate::ui) const GLOBALS: &[&str] = &[
    "AbortController",
    "Array",
    "BigInt",
    "Blob",
    "Boolean",
    "CSS",
    "DOMException",
    "DOMMatrix",
    "DataView",
    "Date",
    "Document",
    "Element",
    "Error",
    "Event",
    "EventSource",
    "Float64Array",
    "HTMLButtonElement",
    "HTMLCanvasElement",
    "HTMLDialogElement",
    "HTMLElement",
    "HTMLInputElement",
    "HTMLSelectElement",
    "Image",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "Intl",
    "JSON",
    "KeyboardEvent",
    "Map",
    "Math",
    "NaN",
    "Node",
    "Number",
    "Object",
    "OffscreenCanvas",
    "Promise",
    "RangeError",
    "RegExp",
    "ResizeObserver",
    "Response",
    "Set",
    "String",
    "Symbol",
    "TextDecoder",
    "TypeError",
    "URL",
    "URLSearchParams",
    "Uint32Array",
    "Uint8Array",
    "WheelEvent",
    "XMLSerializer",
    "clearInterval",
    "clearTimeout",
    "console",
    "decodeURIComponent",
    "devicePixelRatio",
    "document",
    "encodeURIComponent",
    "fetch",
    "getComputedStyle",
    "getSelection",
    "history",
    "innerHeight",
    "innerWidth",
    "localStorage",
    "location",
    "matchMedia",
    "navigator",
    "parseFloat",
    "parseInt",
    "performance",
    "print",
    "requestAnimationFrame",
    "sessionStorage",
    "setInterval",
    "setTimeout",
    "window",
];

/// A bracket, by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    /// Round, square, or those of a template.
    Plain,
    Block,
    /// An object, or a pattern of one.
    Object,
    Class,
}

/// The roles of the tokens of a script, and which brackets belong together.
#[derive(Debug)]
pub(in crate::ui) struct Roles {
    pub(in crate::ui) roles: Vec<Role>,
    /// Of each opening bracket, where it is closed; of others, their own place.
    pub(in crate::ui) closes: Vec<usize>,
}

impl Roles {
    pub(in crate::ui) fn of(tokens: &[Token<'_>]) -> Self {
        let mut reading =
            Reading { tokens, open: Vec::new(), class: None, is_case: false, is_after_case: false };
        let mut closes: Vec<usize> = (0..tokens.len()).collect();
        let roles = (0..tokens.len()).map(|at| {
            if tokens[at].closes()
                && let Some((from, _)) = reading.open.pop()
            {
                closes[from] = at;
            }
            let role = reading.role(at);
            reading.pass(at);
            role
        });
        Roles { roles: roles.collect(), closes }
    }
}

impl Roles {
    /// The place behind a token, or behind all that it opens.
    pub(in crate::ui) fn behind(&self, tokens: &[Token<'_>], at: usize) -> usize {
        let mut end = self.closes[at];
        // A part of a template closes what the one before it opened, and may open more.
        while tokens[end].opens() && self.closes[end] > end {
            end = self.closes[end];
        }
        end + 1
    }
}

struct Reading<'a, 's> {
    tokens: &'a [Token<'s>],
    /// The brackets that are open, and where.
    open: Vec<(usize, Bracket)>,
    /// How many brackets are open where a class begins whose braces are still to come.
    class: Option<usize>,
    /// Whether a `case` or `default` has no colon yet.
    is_case: bool,
    /// Whether the last token is that colon.
    is_after_case: bool,
}

impl Reading<'_, '_> {
    fn role(&self, at: usize) -> Role {
        let token = &self.tokens[at];
        if token.kind != Kind::Word {
            return Role::Other;
        }
        if token.text.starts_with('#') {
            return Role::Private;
        }
        let is_number = token.text.starts_with(|first: char| first.is_ascii_digit());
        if is_number || KEYWORDS.contains(&&*token.text) || self.is_member(at) {
            return Role::Other;
        }
        match self.open.last() {
            Some((_, Bracket::Object)) if self.begins_member(at, "{,") => self.role_of_property(at),
            Some((_, Bracket::Class)) if self.begins_member(at, "{};") => Role::Other,
            _ => Role::Name,
        }
    }

    /// Whether it is behind a dot, and not behind three.
    fn is_member(&self, at: usize) -> bool {
        let is_dot = |back: usize| at >= back && self.tokens[at - back].is(".");
        is_dot(1) && !is_dot(2)
    }

    /// What begins a member of an object: `a: 1`, `a() {}`, `a`, or `a = 1` in a pattern.
    fn role_of_property(&self, at: usize) -> Role {
        let ends = |token: &Token<'_>| token.is(",") || token.is("}") || token.is("=");
        if self.tokens.get(at + 1).is_some_and(ends) { Role::Shorthand } else { Role::Other }
    }

    /// Whether what is before it, without such as `async` and `get`, is one of these marks.
    fn begins_member(&self, at: usize, marks: &str) -> bool {
        const MODIFIERS: [&str; 5] = ["async", "get", "set", "static", "*"];
        let is_modifier = |token: &&Token<'_>| MODIFIERS.iter().any(|modifier| token.is(modifier));
        self.tokens[..at]
            .iter()
            .rev()
            .find(|token| !is_modifier(token))
            .is_some_and(|token| token.is_one_of(marks))
    }

    /// Goes on behind a token.
    fn pass(&mut self, at: usize) {
        let token = &self.tokens[at];
        if token.opens() {
            let bracket = if token.is("{") { self.braces(at) } else { Bracket::Plain };
            self.open.push((at, bracket));
        }
        let follows = |next: &Token<'_>| next.kind == Kind::Word || next.is("{");
        if token.is("class") && !self.is_member(at) && self.tokens.get(at + 1).is_some_and(follows) {
            self.class = Some(self.open.len());
        }
        self.is_after_case = self.is_case && token.is(":");
        let begins_case = (token.is("case") || token.is("default")) && !self.is_member(at);
        self.is_case = begins_case || (self.is_case && !self.is_after_case);
    }

    /// What braces that open here hold.
    fn braces(&mut self, at: usize) -> Bracket {
        if self.class == Some(self.open.len()) {
            self.class = None;
            return Bracket::Class;
        }
        let Some(before) = at.checked_sub(1).map(|before| &self.tokens[before]) else {
            return Bracket::Block;
        };
        let is_block = match before.kind {
            Kind::Text => !before.opens(),
            Kind::Mark if before.is(":") => self.is_after_case,
            Kind::Mark if before.is(">") => at > 1 && self.tokens[at - 2].is("="),
            Kind::Mark => before.is_one_of(";{})"),
            Kind::Word => {
                ["else", "try", "finally", "do", "catch", "static"].iter().any(|word| before.is(word))
            }
        };
        if is_block { Bracket::Block } else { Bracket::Object }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    /// The words of a script that are names of variables; those that name members too, with a star.
    fn names(source: &str) -> String {
        let tokens = scan(source).unwrap();
        let roles = Roles::of(&tokens).roles;
        let mut names = Vec::new();
        for (token, role) in tokens.iter().zip(roles) {
            match role {
                Role::Name => names.push(token.text.to_string()),
                Role::Shorthand => names.push(format!("{}*", token.text)),
                Role::Private | Role::Other => {}
            }
        }
        names.join(" ")
    }

    #[test]
    fn members_are_told_from_variables() {
        assert_eq!(names("a.b?.c[d].e(...f)"), "a d f");
        assert_eq!(
            names("x = { a: b, c, d() {}, [e]: f, ...g, async h() {}, get i() {}, get: j, set };"),
            "x b c* e f g j set*"
        );
        assert_eq!(names("const { a, b: c, d = e, f: { g } = h, ...i } = j;"), "a* c d* e g* h i j");
        assert_eq!(names("function f({ a, b }, [c], d = {}) { return { a, e: b }; }"), "f a* b* c d a* b");
    }

    #[test]
    fn braces_of_blocks_are_told_from_those_of_objects() {
        assert_eq!(names("if (a) { b, c; } else { d; }"), "a b c d");
        assert_eq!(names("(a) => { b, c; }"), "a b c");
        assert_eq!(names("(a) => ({ b })"), "a b*");
        assert_eq!(names("switch (a) { case b: { c, d; } default: { e; } }"), "a b c d e");
        assert_eq!(names("x = a ? { b } : { c };"), "x a b* c*");
        assert_eq!(names("f(`${{ a }.a}${b}`, a >= b)"), "f a* b a b");
        assert_eq!(names("for (const { a } of b) try { c; } catch { d; } finally { e; }"), "a* b c d e");
    }

    #[test]
    fn members_of_classes_are_no_variables() {
        let class = "class A extends b { c; #d = e; static f = g; static { h; } async *i(j) { k; } get l() { return m; } n() {} }";
        assert_eq!(names(class), "A b e g h j k m");
        assert_eq!(names("x = class { a = { b }; c() {} }; d.class;"), "x b* d");
        assert_eq!(names("f({ class: a, b: { c } }, { d });"), "f a c* d*");
    }

    #[test]
    fn words_of_the_language_and_numbers_are_no_variables() {
        assert_eq!(names("for await (const a of b) typeof this.c, 1e6, 0xff, null;"), "a b");
    }

    #[test]
    fn brackets_that_belong_together_are_known() {
        let tokens = scan("f(`${a}`)").unwrap();
        let Roles { closes, .. } = Roles::of(&tokens);
        assert_eq!(closes, [0, 5, 4, 3, 4, 5]);
    }
}
