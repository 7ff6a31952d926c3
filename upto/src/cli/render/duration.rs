//! Durations as people read them.

/// Seconds in at most 11 columns.
pub(in crate::cli) fn duration(seconds: f64) -> String {
    match seconds {
        ..0.000_01 if seconds < 0.0 => format!("-{}", duration(-seconds)),
        ..0.009_95 => format!("{:.1} ms", seconds * 1e3),
        ..0.999_5 => format!("{:.0} ms", seconds * 1e3),
        ..59.995 => format!("{seconds:.2} s"),
        ..3_599.5 => format!("{} min {:02} s", (seconds.round() / 60.0).floor(), seconds.round() % 60.0),
        _ => {
            let minutes = (seconds / 60.0).round();
            format!("{} h {:02} min", (minutes / 60.0).floor(), minutes % 60.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_digits_that_matter() {
        for (seconds, text) in [
            (0.0, "0.0 ms"),
            (0.000_45, "0.5 ms"),
            (0.009_94, "9.9 ms"),
            (0.25, "250 ms"),
            (0.999_6, "1.00 s"),
            (12.345, "12.35 s"),
            (59.999, "1 min 00 s"),
            (3_599.9, "1 h 00 min"),
            (90_061.0, "25 h 01 min"),
            (-0.5, "-500 ms"),
        ] {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }
}
