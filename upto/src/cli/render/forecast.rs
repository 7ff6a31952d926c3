//! When a running timeline will be done, in one line.

use serde::Deserialize;

use super::duration::duration;

/// Columns of the bar.
const COLUMNS: usize = 20;

/// What the server says of it.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Forecast {
    state: String,
    reason: Option<String>,
    percent: Option<f64>,
    left_p50_seconds: Option<f64>,
    left_p90_seconds: Option<f64>,
}

impl Forecast {
    /// Whether earlier timelines tell how far it is.
    pub(in crate::cli) fn is_known(&self) -> bool {
        self.percent.is_some()
    }

    /// How far it is and what is left, or why nobody knows; nothing if it does not run.
    pub(in crate::cli) fn text(&self) -> Option<String> {
        if self.state != "running" {
            return None;
        }
        let left = match (self.left_p50_seconds, self.left_p90_seconds) {
            (Some(usual), Some(long)) => {
                Some(format!("about {} left, 9 of 10 times under {}", duration(usual), duration(long)))
            }
            _ => self.reason.clone(),
        };
        let done = self.percent.map(|percent| format!("{} {percent:.0} %", bar(percent)));
        let parts: Vec<_> = done.into_iter().chain(left).collect();
        (!parts.is_empty()).then(|| parts.join("  "))
    }
}

fn bar(percent: f64) -> String {
    let share = 100.0 / f64::from(u8::try_from(COLUMNS).unwrap_or(u8::MAX));
    let is_done = |column: &usize| f64::from(u8::try_from(*column).unwrap_or(u8::MAX)) * share < percent;
    let done = (0..COLUMNS).filter(is_done).count();
    "█".repeat(done) + &"░".repeat(COLUMNS - done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(fields: &str) -> Option<String> {
        let forecast: Forecast = serde_json::from_str(&format!("{{{fields}}}")).expect("a forecast");
        forecast.text()
    }

    #[test]
    fn what_is_left_is_told_or_why_it_is_not_known() {
        let told = text(r#""state":"running","percent":40.0,"left_p50_seconds":6.0,"left_p90_seconds":7.5"#);
        let bar = format!("{}{}", "█".repeat(8), "░".repeat(12));
        assert_eq!(told, Some(format!("{bar} 40 %  about 6.00 s left, 9 of 10 times under 7.50 s")));
        let late =
            text(r#""state":"running","percent":null,"left_p50_seconds":null,"reason":"longer than ever""#);
        assert_eq!(late.as_deref(), Some("longer than ever"));
        assert_eq!(text(r#""state":"running""#), None);
        assert_eq!(text(r#""state":"done","percent":100.0"#), None);
    }
}
