//! Patterns of context names: `*` stands for any characters, also none; everything else for itself.

/// Bytes of a pattern at most.
pub(super) const PATTERN_BYTES: usize = 1_024;

/// Whether `name` is one of those that `pattern` means. Takes at most the product of their lengths in steps.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut place, mut at) = (0, 0);
    // Behind the last star, and where in the name what follows it was tried last.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(place) {
            Some(b'*') => {
                place += 1;
                star = Some((place, at));
            }
            Some(byte) if name.get(at) == Some(byte) => (place, at) = (place + 1, at + 1),
            _ => match &mut star {
                Some((behind, tried)) => {
                    *tried += 1;
                    (place, at) = (*behind, *tried);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(place).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "a/b"),
            ("build", "build"),
            ("build*", "build"),
            ("build*", "build-7"),
            ("*-prod", "eu-prod-prod"),
            ("a*b*c", "a1b2b3c"),
            ("**", "x"),
            ("☃*", "☃man"),
        ] {
            assert!(matches(pattern, name), "{pattern:?} means {name:?}");
        }
    }

    #[test]
    fn everything_else_stands_for_itself() {
        for (pattern, name) in [
            ("", "a"),
            ("build", "builds"),
            ("build", "Build"),
            ("build*", "a-build"),
            ("a*b", "a"),
            ("a?c", "abc"),
            ("[ab]", "a"),
            ("*a", "ab"),
        ] {
            assert!(!matches(pattern, name), "{pattern:?} does not mean {name:?}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(PATTERN_BYTES / 2);
        assert!(!matches(&format!("{pattern}b"), &"a".repeat(16_384)));
    }
}
