//! What this program prints: results on standard output, the rest on standard error.

use std::io::{self, Write};

use serde_json::json;

use crate::candidate::Candidate;
use crate::failure::Failure;
use crate::figure::Figure;
use crate::goals::Verdict;
use crate::summary::{Spread, Summary};

/// Everything: a table for people, then the lines to compare runs by; or JSON.
///
/// # Errors
/// Standard output is gone.
pub(crate) fn all(summaries: &[Summary], verdicts: &[Verdict], as_json: bool) -> Result<(), Failure> {
    let text = if as_json { json(summaries, verdicts)? } else { text(summaries, verdicts) };
    print(&text)
}

/// The lines of one candidate.
///
/// # Errors
/// Standard output is gone.
pub(crate) fn figures(figures: &[Figure]) -> Result<(), Failure> {
    print(&figures.iter().map(|figure| format!("{figure}\n")).collect::<String>())
}

/// What there is to measure.
///
/// # Errors
/// Standard output is gone.
pub(crate) fn list(candidates: &[&Candidate]) -> Result<(), Failure> {
    let line = |candidate: &&Candidate| format!("{:<24} {}\n", candidate.name, candidate.about);
    print(&candidates.iter().map(line).collect::<String>())
}

/// Says something on standard error: how far everything is, or what went wrong.
pub fn tell(program: &str, text: &str) {
    // Where standard error is gone, nobody wants to be told.
    let _ = writeln!(io::stderr(), "{program}: {text}");
}

fn print(text: &str) -> Result<(), Failure> {
    io::stdout().write_all(text.as_bytes()).map_err(Failure::system("print"))
}

fn text(summaries: &[Summary], verdicts: &[Verdict]) -> String {
    let mut text = row("", ["median", "lowest", "highest"].map(str::to_owned), "");
    for Summary { name, unit, spread: Spread { median, lowest, highest, .. }, .. } in summaries {
        text += &row(name, [median, lowest, highest].map(|value| format!("{value:.2}")), unit);
    }
    text += "\n";
    summaries.iter().for_each(|summary| text += &format!("{}\n", summary.figure()));
    verdicts.iter().for_each(|verdict| text += &format!("{verdict}\n"));
    text
}

fn row(name: &str, [median, lowest, highest]: [String; 3], unit: &str) -> String {
    let row = format!("{name:<24} {median:>12} {lowest:>12} {highest:>12}  {unit}");
    format!("{}\n", row.trim_end())
}

fn json(summaries: &[Summary], verdicts: &[Verdict]) -> Result<String, Failure> {
    let all = json!({ "figures": summaries, "ratios": verdicts });
    Ok(format!("{}\n", serde_json::to_string_pretty(&all)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goals::Limit;
    use crate::summary::summaries;

    fn measured() -> (Vec<Summary>, Vec<Verdict>) {
        let figures = [20.0, 22.5, 21.0].map(|value| Figure::new("event", value, "ns/pair"));
        let verdict = Verdict { name: "to_peer", value: Some(0.4), goal: Limit::AtMost(0.5), met: true };
        (summaries(&figures), vec![verdict])
    }

    #[test]
    fn the_table_is_aligned_and_the_lines_follow() {
        let (summaries, verdicts) = measured();
        let expected = "                               median       lowest      highest\n\
                        event                           21.00        20.00        22.50  ns/pair\n\
                        \n\
                        figure event 21.00 ns/pair\n\
                        ratio to_peer 0.400 <=0.5\n";
        assert_eq!(text(&summaries, &verdicts), expected);
    }

    #[test]
    fn json_says_the_same() {
        let (summaries, verdicts) = measured();
        let json: serde_json::Value =
            serde_json::from_str(&json(&summaries, &verdicts).expect("text")).expect("JSON");
        let expected = json!({
            "figures": [{
                "name": "event", "unit": "ns/pair", "median": 21.0, "lowest": 20.0, "highest": 22.5, "runs": 3,
            }],
            "ratios": [{ "name": "to_peer", "value": 0.4, "goal": "<=0.5", "met": true }],
        });
        assert_eq!(json, expected);
    }
}
