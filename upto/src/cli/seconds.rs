//! Times as people write them: `90`, `60s`, `1h 30m`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// The longest time that the server takes.
const MOST: f64 = 1e9;

/// Reads a time over 0, in seconds: a number of them, or with units.
pub(super) fn above_zero(text: &str) -> Result<f64, String> {
    read(text).and_then(|seconds| if seconds > 0.0 { Ok(seconds) } else { Err("is to be over 0".to_owned()) })
}

/// Reads a time from 0 on, in seconds.
pub(super) fn from_zero(text: &str) -> Result<f64, String> {
    read(text)
}

fn read(text: &str) -> Result<f64, String> {
    let seconds = match text.trim().parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => with_units(text.trim()).ok_or("expected seconds, or a time such as 60s, 1h 30m or 2d")?,
    };
    match (0.0..=MOST).contains(&seconds) {
        true => Ok(seconds),
        false => Err("is to be from 0 to 1000000000 s".to_owned()),
    }
}

/// A day has 24 hours here, whatever the clocks do.
fn with_units(text: &str) -> Option<f64> {
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Some(SignedDuration::as_secs_f64(&duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_of_seconds_or_have_units() {
        for (text, seconds) in [
            ("90", 90.0),
            ("0.5", 0.5),
            ("60s", 60.0),
            ("1h30m", 5_400.0),
            ("1h 30m", 5_400.0),
            ("2d", 172_800.0),
            ("250ms", 0.25),
        ] {
            assert_eq!(above_zero(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "soon", "-1", "-5s", "nan", "inf", "1e12", "5 apples", "1 month"] {
            assert!(from_zero(text).is_err(), "{text}");
        }
        assert!(above_zero("0").is_err() && above_zero("0s").is_err());
        assert_eq!(from_zero("0"), Ok(0.0));
    }
}
