//! What the last segment of an address says.

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Success,
    Start,
    /// It failed, maybe with this exit status.
    Fail(Option<u8>),
    /// It has something to say, and that is all.
    Log,
}

impl Signal {
    /// The signal with this word, or for this exit status.
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "start" => Some(Signal::Start),
            "fail" => Some(Signal::Fail(None)),
            "log" => Some(Signal::Log),
            status if status.bytes().all(|byte| byte.is_ascii_digit()) => match status.parse().ok()? {
                0 => Some(Signal::Success),
                status => Some(Signal::Fail(Some(status))),
            },
            _ => None,
        }
    }
}

/// Whether a text is a UUID as people write it.
pub(super) fn is_uuid(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_exit_statuses_are_signals() {
        assert_eq!(Signal::of("start"), Some(Signal::Start));
        assert_eq!(Signal::of("fail"), Some(Signal::Fail(None)));
        assert_eq!(Signal::of("0"), Some(Signal::Success));
        assert_eq!(Signal::of("255"), Some(Signal::Fail(Some(255))));
        for word in ["", "256", "-1", "stop", "1e2", "99999999999999999999"] {
            assert_eq!(Signal::of(word), None, "{word}");
        }
    }

    #[test]
    fn a_uuid_is_one_as_it_is_written() {
        assert!(is_uuid("0123abcd-0123-4567-89AB-0123456789ab"));
        for text in ["", "0123abcd012345678 9ab0123456789abcdef", "0123abcd-0123-4567-89ab-0123456789ag"] {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
