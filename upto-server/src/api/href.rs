//! Addresses of resources: names percent-encoded, whatever they contain.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::catalog::Catalog;

/// What RFC 3986 leaves unreserved stays; everything else is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Put before names that clients would not leave alone as a segment: `.` and `..` mean "here" and "above"
/// even when percent-encoded. And before those that begin with it, so that it can be taken off again.
const GUARD: char = '~';

pub(super) fn context(context: &str) -> String {
    format!("/api/contexts/{}", segment(context))
}

pub(super) fn timeline(context: &str, timeline: &str) -> String {
    format!("{}/timelines/{}", self::context(context), segment(timeline))
}

fn segment(name: &str) -> String {
    let encoded = utf8_percent_encode(name, ENCODED);
    if is_guarded(name) { format!("{GUARD}{encoded}") } else { encoded.to_string() }
}

fn is_guarded(name: &str) -> bool {
    name == "." || name == ".." || name.starts_with(GUARD)
}

/// The name that a decoded segment stands for. A segment that somebody wrote by hand without the guard
/// stands for itself, unless that is the guarded form of another name.
pub(super) fn name(segment: &str) -> &str {
    match segment.strip_prefix(GUARD) {
        Some(name) if is_guarded(name) => name,
        _ => segment,
    }
}

impl Catalog {
    /// The timeline that two decoded segments stand for.
    pub(super) fn find(
        &self,
        context: &str,
        timeline: &str,
    ) -> Result<std::sync::Arc<crate::catalog::Timeline>, super::Problem> {
        let (context, timeline) = (name(context), name(timeline));
        let found = self.context(context).ok_or_else(|| super::Problem::no_context(context))?;
        found.timeline(timeline).ok_or_else(|| super::Problem::no_timeline(context, timeline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back() {
        for given in ["plain", "a/b", "a b", "ä☃", "..", ".", "~", "~~", "~..", "%2F", "<script>", "?#&="]
        {
            let encoded = segment(given);
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().expect("UTF-8");
            assert_eq!(name(&decoded), given, "{encoded}");
            assert!(!encoded.contains(['/', '?', '#', ' ', '<']) && encoded != "." && encoded != "..");
        }
    }

    #[test]
    fn a_name_with_the_guard_may_be_written_by_hand() {
        assert_eq!(name("~user"), "~user");
    }
}
