//! Which names a script declares.

use std::collections::BTreeSet;

use super::{Role, Roles, Token};

/// What is in round brackets behind these is no list of parameters.
const BEFORE_CONDITIONS: [&str; 6] = ["if", "for", "while", "switch", "with", "await"];

/// The names of variables that are declared anywhere in a script. Names in default values of patterns and parameters
/// count among them.
pub(in crate::ui) fn declared(tokens: &[Token<'_>], roles: &Roles) -> BTreeSet<String> {
    let mut names = Vec::new();
    for at in 0..tokens.len() {
        let token = &tokens[at];
        let is_word = roles.roles[at] == Role::Other && !(at > 0 && tokens[at - 1].is("."));
        match &*token.text {
            "const" | "let" | "var" if is_word => names.extend(bound(tokens, roles, at + 1)),
            "function" | "class" if is_word => {
                let name = (at + 1..tokens.len()).find(|next| !tokens[*next].is("*"));
                names.extend(name.and_then(|next| name_at(tokens, roles, next)));
            }
            "(" if is_parameters(tokens, at, roles.closes[at]) => {
                names.extend(names_within(tokens, roles, at, roles.closes[at]));
            }
            _ if is_arrow(tokens, at + 1) => names.extend(name_at(tokens, roles, at)),
            _ => {}
        }
    }
    names.into_iter().collect()
}

/// What is bound behind `const` and its like, up to the end of the statement.
pub(in crate::ui) fn bound(tokens: &[Token<'_>], roles: &Roles, mut at: usize) -> Vec<String> {
    let mut names = Vec::new();
    let ends = |token: &Token<'_>| token.closes() || [";", "of", "in"].iter().any(|end| token.is(end));
    while let Some(token) = tokens.get(at) {
        if token.opens() {
            names.extend(names_within(tokens, roles, at, roles.closes[at]));
        } else {
            names.extend(name_at(tokens, roles, at));
        }
        // Its value, if it has one.
        while tokens.get(at).is_some_and(|token| !token.is(",") && !ends(token)) {
            at = roles.behind(tokens, at);
        }
        if tokens.get(at).is_none_or(|token| !token.is(",")) {
            break;
        }
        at += 1;
    }
    names
}

/// The name of a variable at a place.
fn name_at(tokens: &[Token<'_>], roles: &Roles, at: usize) -> Option<String> {
    let is_name = matches!(roles.roles.get(at), Some(Role::Name | Role::Shorthand));
    is_name.then(|| tokens[at].text.to_string())
}

fn names_within<'a>(
    tokens: &'a [Token<'_>],
    roles: &'a Roles,
    from: usize,
    to: usize,
) -> impl Iterator<Item = String> + 'a {
    (from..to).filter_map(move |at| name_at(tokens, roles, at))
}

fn is_arrow(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.is("=")) && tokens.get(at + 1).is_some_and(|token| token.is(">"))
}

/// Whether round brackets hold the parameters of a function, or what `catch` catches.
fn is_parameters(tokens: &[Token<'_>], open: usize, close: usize) -> bool {
    let is_condition = |token: &Token<'_>| BEFORE_CONDITIONS.iter().any(|word| token.is(word));
    let is_condition = open > 0 && is_condition(&tokens[open - 1]);
    is_arrow(tokens, close + 1) || (!is_condition && tokens.get(close + 1).is_some_and(|token| token.is("{")))
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    fn names(source: &str) -> String {
        let tokens = scan(source).unwrap();
        let names: Vec<_> = declared(&tokens, &Roles::of(&tokens)).into_iter().collect();
        names.join(" ")
    }

    #[test]
    fn what_is_bound_is_declared() {
        assert_eq!(
            names("const a = `${x}${y}`, { b, c: d } = g, [e] = h; let i, j; for (const k of l, m) n;"),
            "a b d e i j k"
        );
        assert_eq!(names("x.const = a; f({ let: b });"), "");
    }

    #[test]
    fn functions_classes_and_parameters_are_declared() {
        assert_eq!(names("async function* a(b, { c }) {} class D extends e { f(g) { h(i); } }"), "D a b c g");
        assert_eq!(names("a = (b, c) => d; e = f => g; try {} catch (h) {}"), "b c f h");
        assert_eq!(
            names("if (a) {} while (b) {} for (c of d) {} switch (e) {} f(g); for await (h of i) {}"),
            ""
        );
    }
}
