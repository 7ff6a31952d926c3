//! A style sheet without what only people need, and with others in it that it imports.

/// What a line begins with that imports another style sheet.
const IMPORT: &str = "@import \"";

/// A style sheet with those that it imports in place of its imports; `source_of` has them by the names there. What is not
/// found stays as it is.
pub(super) fn joined<'s>(source: &'s str, source_of: &impl Fn(&str) -> Option<&'s str>) -> String {
    let mut style = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let imported = line.strip_prefix(IMPORT).and_then(|rest| rest.trim_end().strip_suffix("\";"));
        match imported.and_then(source_of) {
            Some(imported) => style.push_str(&joined(imported, source_of)),
            None => style.push_str(line),
        }
    }
    style
}

/// The same style sheet without comments, and with no more space than it needs. Behind a colon there is none: selectors
/// have none there, and before one it means something to them.
pub(super) fn shortened(source: &str) -> String {
    let mut style = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' | '\'' => string_length(rest, first),
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        match first {
            '/' if length > 1 => {}
            _ if first.is_whitespace() => push_space(&mut style),
            '{' | '}' | ';' | ',' | '>' => push_mark(&mut style, first),
            _ => style.push_str(piece),
        }
        rest = after;
    }
    style
}

fn string_length(rest: &str, quote: char) -> usize {
    rest[1..].find(quote).map_or(rest.len(), |end| end + 2)
}

/// A space, unless what is before it needs none.
fn push_space(style: &mut String) {
    if !style.is_empty() && !style.ends_with([' ', '{', '}', ';', ',', ':', '>']) {
        style.push(' ');
    }
}

/// Punctuation, without what it needs not before it.
fn push_mark(style: &mut String, mark: char) {
    if style.ends_with(' ') {
        style.pop();
    }
    if mark == '}' && style.ends_with(';') {
        style.pop();
    }
    style.push(mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_replaced_by_what_they_import() {
        let sources = |path: &str| match path {
            "b.css" => Some("@import \"c.css\";\nb {}\n"),
            "c.css" => Some("c {}\n"),
            _ => None,
        };
        let style = joined("@import \"b.css\";\n@import \"d.css\";\na {}\n", &sources);
        assert_eq!(style, "c {}\nb {}\n@import \"d.css\";\na {}\n");
    }

    #[test]
    fn what_means_something_stays() {
        let source = "/* a */\n.b :empty,\n.c > d:hover {\n  margin: 0 -1px;\n  content: \"; /*\";\n}\n";
        assert_eq!(shortened(source), ".b :empty,.c>d:hover{margin:0 -1px;content:\"; /*\"}");
        let source = "@media (max-width: 600px) and (a: b) {\n  e {\n    width: calc(1px + 2px);\n  }\n}\n";
        assert_eq!(shortened(source), "@media (max-width:600px) and (a:b){e{width:calc(1px + 2px)}}");
    }
}
