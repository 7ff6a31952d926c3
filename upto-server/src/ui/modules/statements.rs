//! The statements at the top of a module, and what they declare.

use std::ops::Range;

use crate::ui::script::{Gap, Roles, Token, bound};

/// A statement at the top of a module.
pub(super) struct Statement {
    /// The places of its tokens.
    pub(super) tokens: Range<usize>,
    /// The names that it declares; none: it does something when the module is read.
    pub(super) declares: Vec<String>,
    /// Whether what it declares may become another thing later.
    pub(super) changes: bool,
}

const DECLARATIONS: [&str; 6] = ["const", "let", "var", "function", "class", "async"];

/// All statements of a module, in their order.
pub(super) fn statements(tokens: &[Token<'_>], roles: &Roles) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut from = 0;
    while from < tokens.len() {
        let to = end_of(tokens, roles, from);
        let changes = tokens[from].is("let") || tokens[from].is("var");
        statements.push(Statement { tokens: from..to, declares: declares(tokens, roles, from), changes });
        from = to;
    }
    statements
}

/// Whether a statement begins with the declaration of a function or a class, which ends with its braces.
fn has_body(tokens: &[Token<'_>], from: usize) -> bool {
    let at = if tokens[from].is("async") { from + 1 } else { from };
    tokens.get(at).is_some_and(|token| token.is("function") || token.is("class"))
}

fn end_of(tokens: &[Token<'_>], roles: &Roles, from: usize) -> usize {
    let has_body = has_body(tokens, from);
    let begins = |token: &Token<'_>| token.gap == Gap::Line && DECLARATIONS.iter().any(|word| token.is(word));
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        if at > from && begins(token) {
            return at;
        }
        let is_body = has_body && token.is("{");
        let is_end = token.is(";");
        at = roles.behind(tokens, at);
        if is_body || is_end {
            return at;
        }
    }
    tokens.len()
}

fn declares(tokens: &[Token<'_>], roles: &Roles, from: usize) -> Vec<String> {
    if ["const", "let", "var"].iter().any(|word| tokens[from].is(word)) {
        return bound(tokens, roles, from + 1);
    }
    if !has_body(tokens, from) {
        return Vec::new();
    }
    let words = ["async", "function", "class", "*"];
    let name = tokens[from..].iter().find(|token| !words.iter().any(|word| token.is(word)));
    name.map(|name| name.text.to_string()).into_iter().collect()
}

/// The parts of a statement that share no names of variables with each other: the members of a class, and what is before them.
pub(super) fn parts(tokens: &[Token<'_>], roles: &Roles, statement: Range<usize>) -> Vec<Range<usize>> {
    if !tokens[statement.start].is("class") {
        return vec![statement];
    }
    let Some(open) = statement.clone().find(|at| tokens[*at].is("{")) else { return vec![statement] };
    let head = statement.start..open + 1;
    let mut parts = vec![head];
    let mut from = open + 1;
    while from < statement.end {
        let to = end_of_member(tokens, roles, from).min(statement.end);
        parts.push(from..to);
        from = to;
    }
    parts
}

/// Where the member of a class ends: behind a method's braces, or a field's semicolon.
fn end_of_member(tokens: &[Token<'_>], roles: &Roles, from: usize) -> usize {
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        let is_body = token.is("{") && at > from && (tokens[at - 1].is(")") || tokens[at - 1].is("static"));
        let is_end = token.is(";") || token.is("}");
        at = roles.behind(tokens, at);
        if is_body || is_end {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::script::scan;

    #[test]
    fn each_statement_is_told_with_what_it_declares() {
        let source = "const a = { b: 1 }, [c] = d;\nasync function* e() { f; }\nclass G extends H { i() {} }\n\
                      let j;\nk();\nif (l) { m(); }\nconst n = () => { o; };";
        let tokens = scan(source).unwrap();
        let told: Vec<_> = statements(&tokens, &Roles::of(&tokens))
            .into_iter()
            .map(|statement| (statement.declares.join(" "), statement.changes, statement.tokens.len()))
            .collect();
        let told: Vec<_> =
            told.iter().map(|(names, changes, length)| (names.as_str(), *changes, *length)).collect();
        assert_eq!(
            told,
            [
                ("a c", false, 15),
                ("e", false, 10),
                ("G", false, 11),
                ("j", true, 3),
                ("", false, 4),
                ("", false, 10),
                ("n", false, 12)
            ]
        );
    }

    #[test]
    fn members_of_classes_are_parts_of_their_own() {
        let source = "class A extends B {\n  #c = { d: 1 };\n  static { e; }\n  f({ g } = {}) { if (g) { h; } }\n  \
                      i = (j) => { k; };\n  get l() { return `${{ m }}`; }\n}";
        let tokens = scan(source).unwrap();
        let parts = parts(&tokens, &Roles::of(&tokens), 0..tokens.len());
        let first: Vec<_> = parts.iter().map(|part| &*tokens[part.start].text).collect();
        assert_eq!(first, ["class", "#c", "static", "f", "i", "get", "}"]);
        assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
    }
}
