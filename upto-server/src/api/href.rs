//! Addresses of resources: names percent-encoded, whatever they contain; and back.

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{Answer, Problem};
use crate::catalog::{Catalog, Context, LONG_BYTES, Timeline};

/// What RFC 3986 leaves unreserved stays, and [`DIGEST`], which may stand in a segment and in a query as it
/// is; everything else is encoded.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(DIGEST as u8);
/// Put before names that would not come back as they are: `.` and `..` mean "here" and "above" to clients
/// even when percent-encoded, and a name may begin with this or with [`DIGEST`].
const GUARD: char = '~';
/// Begins what stands for a name whose encoded form is over [`ENCODED_BYTES`]: servers and clients refuse
/// addresses that are too long.
const DIGEST: char = '!';
/// Digits behind [`DIGEST`]: half of a SHA-256, which is more than enough to tell names apart.
const DIGITS: usize = 32;
/// Bytes of an encoded name at most.
const ENCODED_BYTES: usize = 1_024;
/// The catalog looks for digests among the names over [`LONG_BYTES`] only; others are never too long.
const _: () = assert!(3 * LONG_BYTES <= ENCODED_BYTES);

pub(super) fn context(context: &str) -> String {
    format!("/api/contexts/{}", segment(context))
}

pub(super) fn timeline(context: &str, timeline: &str) -> String {
    format!("{}/timelines/{}", self::context(context), segment(timeline))
}

/// The address of the heartbeats of a service.
pub(super) fn heartbeat(service: &str) -> String {
    format!("/api/heartbeats/{}", segment(service))
}

fn segment(name: &str) -> String {
    encoded(&label(name)).to_string()
}

/// A text as it may stand in a path or a query.
pub(super) fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ENCODED)
}

/// What stands for a name in addresses, before it is encoded.
pub(super) fn label(name: &str) -> Cow<'_, str> {
    if name.len() > LONG_BYTES && encoded(name).map(str::len).sum::<usize>() > ENCODED_BYTES {
        Cow::Owned(format!("{DIGEST}{}", digest(name)))
    } else if is_guarded(name) {
        Cow::Owned(format!("{GUARD}{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

fn is_guarded(name: &str) -> bool {
    name == "." || name == ".." || name.starts_with([GUARD, DIGEST])
}

/// The first [`DIGITS`] of the name's SHA-256, in hexadecimal.
fn digest(name: &str) -> String {
    Sha256::digest(name).iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The name that a label says. One that somebody wrote by hand without the guard stands for itself,
/// unless that is the guarded form of another name.
pub(super) fn name(label: &str) -> &str {
    match label.strip_prefix(GUARD) {
        Some(name) if is_guarded(name) => name,
        _ => label,
    }
}

/// The digest that a label has instead of a name.
pub(super) fn digest_in(label: &str) -> Option<&str> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    label.strip_prefix(DIGEST).filter(|digest| digest.len() == DIGITS && digest.bytes().all(is_digit))
}

impl Catalog {
    /// The context that a decoded segment stands for.
    pub(super) fn find_context(&self, segment: &str) -> Answer<Arc<Context>> {
        let found = self.labelled(segment).or_else(|| self.context(name(segment)));
        found.filter(|context| context.has_any()).ok_or_else(|| Problem::no_context(name(segment)))
    }

    /// The context whose label has this digest.
    pub(super) fn labelled(&self, label: &str) -> Option<Arc<Context>> {
        let wanted = digest_in(label)?;
        self.long_named(|name| digest(name) == wanted)
    }

    /// The timeline that two decoded segments stand for.
    pub(super) fn find(&self, context: &str, timeline: &str) -> Answer<Arc<Timeline>> {
        let context = self.find_context(context)?;
        let long =
            digest_in(timeline).and_then(|wanted| context.long_named_timeline(|name| digest(name) == wanted));
        let found = long.or_else(|| context.timeline(name(timeline)));
        found.ok_or_else(|| Problem::no_timeline(context.name(), name(timeline)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(segment: &str) -> String {
        percent_encoding::percent_decode_str(segment).decode_utf8().expect("UTF-8").into_owned()
    }

    #[test]
    fn every_short_name_comes_back() {
        let longest = "☃".repeat(LONG_BYTES / 3);
        for given in [
            "plain", "a/b", "a b", "ä☃", "..", ".", "~", "~~", "~..", "!", "~!", "%2F", "<script>", "?#&=",
            &longest,
        ] {
            let encoded = segment(given);
            let decoded = decoded(&encoded);
            assert_eq!((name(&decoded), digest_in(&decoded)), (given, None), "{encoded}");
            assert!(!encoded.contains(['/', '?', '#', ' ', '<']) && encoded != "." && encoded != "..");
        }
    }

    #[test]
    fn a_long_name_is_a_digest_that_no_short_name_is_taken_for() {
        let (long, plain) = ("☃".repeat(5_000), "n".repeat(ENCODED_BYTES));
        let short = segment(&long);
        assert_eq!(digest_in(&short), Some(digest(&long).as_str()), "{short}");
        assert_eq!(segment(&plain), plain);
        assert_eq!(name(&decoded(&segment(&short))), short);
    }

    #[test]
    fn a_name_with_the_guard_or_the_sign_of_a_digest_may_be_written_by_hand() {
        assert_eq!((name("~user"), name("!bang")), ("~user", "!bang"));
        assert_eq!((digest_in("!bang"), digest_in("bang")), (None, None));
    }
}
