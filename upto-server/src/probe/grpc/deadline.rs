//! How long a caller waits: `grpc-timeout`.

use std::time::Duration;

use tonic::metadata::MetadataMap;

/// Where nothing is said, and at most.
const LONGEST: Duration = Duration::from_secs(30);

/// How long the caller waits, up to half a minute.
pub(super) fn of(metadata: &MetadataMap) -> Duration {
    let said = metadata.get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(span);
    said.map_or(LONGEST, |said| said.min(LONGEST))
}

/// Up to eight digits and a unit.
fn span(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_counts_up_to_a_limit() {
        let of = |text: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().expect("text"));
            super::of(&metadata)
        };
        assert_eq!((of("2S"), of("150m")), (Duration::from_secs(2), Duration::from_millis(150)));
        assert_eq!((of("99999999H"), of("7n")), (LONGEST, Duration::from_nanos(7)));
        for text in ["", "S", "-1S", "1x", "123456789S"] {
            assert_eq!(of(text), LONGEST, "{text}");
        }
        assert_eq!(super::of(&MetadataMap::new()), LONGEST);
    }
}
