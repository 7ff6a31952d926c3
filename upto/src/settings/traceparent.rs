//! The trace that a process is part of, as W3C Trace Context writes it.

/// Bytes of a `traceparent` of version 00; later versions may have more, behind a further `-`.
const TRACEPARENT_BYTES: usize = 55;

/// A `traceparent` (W3C Trace Context, section 3.2.2) as version 00 writes it; `None`: it is none.
///
/// Of a later version, what version 00 has is known to be at its beginning, and of its flags the lowest one (section
/// 4.2); what else it says is not handed on.
pub(super) fn traceparent(text: &str) -> Option<String> {
    let (known, rest) = text.split_at_checked(TRACEPARENT_BYTES)?;
    let parts: Vec<&str> = known.split('-').collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let [version, trace, parent, flags] = *parts.as_slice() else { return None };
    let has_lengths = [version.len(), trace.len(), parent.len(), flags.len()] == [2, 32, 16, 2];
    let is_some = |identifier: &str| identifier.bytes().any(|byte| byte != b'0');
    let is_one = has_lengths && parts.iter().all(is_hex) && is_some(trace) && is_some(parent);
    match version {
        _ if !is_one => None,
        "00" => rest.is_empty().then(|| known.to_owned()),
        "ff" => None,
        _ if !rest.is_empty() && !rest.starts_with('-') => None,
        _ => {
            let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1;
            Some(format!("00-{trace}-{parent}-{is_sampled:02x}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTIFIERS: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

    #[test]
    fn traces_of_later_versions_are_read_as_far_as_they_are_known() {
        for (version, flags_and_rest, flags) in [
            ("00", "01", "01"),
            ("00", "ff", "ff"),
            ("01", "01", "01"),
            ("01", "02", "00"),
            ("cc", "03-what-the-future-brings", "01"),
            ("fe", "00-", "00"),
        ] {
            let text = format!("{version}-{IDENTIFIERS}-{flags_and_rest}");
            assert_eq!(traceparent(&text), Some(format!("00-{IDENTIFIERS}-{flags}")), "{text}");
        }
    }

    #[test]
    fn what_is_no_trace_is_none() {
        let zeros = "0".repeat(32);
        for text in [
            String::new(),
            format!("ff-{IDENTIFIERS}-01"),
            format!("ff-{IDENTIFIERS}-01-more"),
            format!("00-{IDENTIFIERS}-01-more"),
            format!("00-{IDENTIFIERS}-01-"),
            format!("01-{IDENTIFIERS}-01more"),
            format!("01-{IDENTIFIERS}-0"),
            format!("01-{IDENTIFIERS}-0x"),
            format!("0x-{IDENTIFIERS}-01"),
            format!("00-{}-01", IDENTIFIERS.to_uppercase()),
            format!("00-{zeros}-b7ad6b7169203331-01"),
            format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", &zeros[..16]),
            format!("00-{IDENTIFIERS}-0\u{e9}"),
        ] {
            assert_eq!(traceparent(&text), None, "{text}");
        }
    }
}
