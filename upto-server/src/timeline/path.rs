//! Dotted paths: `ancestor.parent.leaf`, with `\.` for a literal dot and `\\` for a backslash.

/// Where the dots are that separate segments, in bytes.
pub fn separators(path: &str) -> impl Iterator<Item = usize> + '_ {
    let mut escaped = false;
    path.bytes().enumerate().filter_map(move |(place, byte)| {
        let separates = byte == b'.' && !escaped;
        escaped = byte == b'\\' && !escaped;
        separates.then_some(place)
    })
}

/// A segment as people read it: without its escapes.
#[must_use]
pub fn unescape(segment: &str) -> String {
    let mut text = String::with_capacity(segment.len());
    let mut characters = segment.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // Before anything else than these two, a backslash stands for itself.
            '\\' => text.push(characters.next_if(|next| matches!(next, '.' | '\\')).unwrap_or('\\')),
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_dots_do_not_separate() {
        for (path, expected) in
            [("a.b.c", &[1, 3][..]), (r"a.v1\.2", &[1]), (r"a\\.b", &[3]), ("alone", &[]), ("a..b", &[1, 2])]
        {
            assert_eq!(separators(path).collect::<Vec<_>>(), expected, "{path}");
        }
    }

    #[test]
    fn unescaping_gives_what_was_meant() {
        assert_eq!(unescape(r"v1\.2"), "v1.2");
        assert_eq!(unescape(r"a\\b"), r"a\b");
        assert_eq!(unescape(r"C:\x\"), r"C:\x\");
    }
}
