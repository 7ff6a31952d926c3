//! Differences as people read them.

use super::duration::duration;

/// Seconds more or less, with a sign.
pub(in crate::cli) fn change(seconds: f64) -> String {
    let sign = if seconds > 0.0 { "+" } else { "" };
    format!("{sign}{}", duration(seconds))
}

/// The part that `after` is more or less than `before`, with a sign; nothing if there is no such part.
pub(in crate::cli) fn percent(before: f64, after: f64) -> Option<String> {
    let part = (after / before - 1.0) * 100.0;
    (before > 0.0 && part.is_finite()).then(|| format!("{part:+.0} %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_has_a_plus() {
        assert_eq!([change(1.5), change(0.0), change(-0.25)], ["+1.50 s", "0.0 ms", "-250 ms"]);
        assert_eq!(percent(10.0, 13.0).as_deref(), Some("+30 %"));
        assert_eq!(percent(10.0, 5.0).as_deref(), Some("-50 %"));
        assert_eq!(percent(0.0, 5.0), None);
    }
}
