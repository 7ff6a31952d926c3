//! Durations as people read them.

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLISECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Nanoseconds in at most 11 columns.
pub(crate) fn duration(nanoseconds: i64) -> String {
    match nanoseconds {
        ..0 => format!("-{}", duration(nanoseconds.saturating_neg())),
        0..10_000_000 => format!("{:.1} ms", fraction(nanoseconds, MILLISECOND)),
        10_000_000..999_500_000 => format!("{:.0} ms", fraction(nanoseconds, MILLISECOND)),
        999_500_000..MINUTE => format!("{:.2} s", fraction(nanoseconds, SECOND)),
        MINUTE..HOUR => format!("{} min {:02} s", nanoseconds / MINUTE, nanoseconds % MINUTE / SECOND),
        HOUR.. => format!("{} h {:02} min", nanoseconds / HOUR, nanoseconds % HOUR / MINUTE),
    }
}

/// The same with a sign, for changes.
pub(crate) fn change(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "" } else { "+" };
    format!("{sign}{}", duration(nanoseconds))
}

/// A change in relation to what there was before; nothing where that was nothing.
pub(crate) fn percent(change: i64, before: i64) -> String {
    if before <= 0 {
        return String::new();
    }
    let percent = 100.0 * fraction(change, before);
    let digits = usize::from(percent.abs() < 9.95);
    format!("{percent:+.digits$} %")
}

/// Durations are far below the 104 days from which on their nanoseconds are rounded here.
#[allow(clippy::cast_precision_loss)]
fn fraction(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_digits_that_matter() {
        for (nanoseconds, text) in [
            (0, "0.0 ms"),
            (450_000, "0.5 ms"),
            (9_900_000, "9.9 ms"),
            (10_000_000, "10 ms"),
            (999_400_000, "999 ms"),
            (999_600_000, "1.00 s"),
            (12_345_000_000, "12.35 s"),
            (60_000_000_000, "1 min 00 s"),
            (3_725_000_000_000, "1 h 02 min"),
            (-20_000_000, "-20 ms"),
        ] {
            assert_eq!(duration(nanoseconds), text);
        }
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!(change(20_000_000), "+20 ms");
        assert_eq!(change(-20_000_000), "-20 ms");
        assert_eq!(percent(1, 3), "+33 %");
        assert_eq!(percent(-1, 50), "-2.0 %");
        assert_eq!(percent(1, 0), "");
    }
}
