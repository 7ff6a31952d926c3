//! Where the time of a run of cargo went, and whether it took longer than those before it. Pure: from answers to text.

mod units;

use std::fmt::Write;

use upto_server::timeline::{Event, State};

pub(crate) use self::units::Units;
use crate::api::{Amount, Blame, Cause, Timeline};
use crate::report::{change, duration, percent};
use crate::terminal::{Colour, Terminal, fit, harmless};

/// A run is slower if it takes longer than the usual one by more than this part of that, and by more than [`LEAST`].
const PART: f64 = 0.1;
/// Seconds that nobody cares about.
const LEAST: f64 = 0.2;
const NAME_COLUMNS: usize = 48;
/// Failures that are named.
const FAILURES: usize = 20;

/// A run beside those that did the same.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    /// Seconds.
    took: f64,
    /// What the usual one took, in seconds.
    usual: f64,
    runs: usize,
    /// The earlier run that is the median: of an even number, the longer one of the two in the middle. What made the
    /// difference is told of this one, so the difference is to this one, too, and not to a number between two runs.
    pub(crate) typical: &'a Timeline,
}

impl Judged<'_> {
    /// It took notably longer.
    pub(crate) fn is_slower(&self) -> bool {
        self.took - self.usual > LEAST.max(PART * self.usual)
    }

    fn is_faster(&self) -> bool {
        self.usual - self.took > LEAST.max(PART * self.usual)
    }
}

/// Judges a run by earlier ones; `None`: there are none, or it is not known how long it took.
pub(crate) fn judge<'a>(timeline: &Timeline, earlier: &'a [Timeline]) -> Option<Judged<'a>> {
    let took = timeline.duration_seconds?;
    let mut known: Vec<(f64, &Timeline)> =
        earlier.iter().filter_map(|run| Some((run.duration_seconds?, run))).collect();
    known.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (usual, typical) = *known.get(known.len() / 2)?;
    Some(Judged { took, usual, runs: known.len(), typical })
}

/// The first line: what ran, and how long.
pub(crate) fn headline(timeline: &Timeline, terminal: Terminal) -> String {
    let took = timeline.duration_seconds.map_or_else(|| "nobody knows how long".to_owned(), seconds);
    let heading = format!("{}  {}: {took}", harmless(&timeline.context), harmless(&timeline.name));
    format!("{}\n", terminal.paint(Colour::Bold, &heading))
}

/// What failed.
pub(crate) fn failures(events: &[Event], terminal: Terminal) -> String {
    let failed: Vec<&Event> = events.iter().filter(|event| event.state == State::Failed).collect();
    let mut text = String::new();
    for event in failed.iter().take(FAILURES) {
        let reason =
            if event.text.is_empty() { String::new() } else { format!(": {}", harmless(&event.text)) };
        let word = terminal.paint(Colour::Bad, "failed");
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {word}  {}{reason}", harmless(&event.name));
    }
    if failed.len() > FAILURES {
        let _ = writeln!(text, "  and {} more failed", failed.len() - FAILURES);
    }
    text
}

/// The rows that took most, by their own time; these times add up to the whole.
pub(crate) fn rows(blame: &Blame, root: &str, terminal: Terminal) -> String {
    let mut text = String::new();
    for row in blame.slowest.iter().filter(|row| row.name != root) {
        let name = fit(&harmless(below(&row.name, root)), NAME_COLUMNS);
        let share = format!("{:>5.1} %", row.self_share * 100.0);
        let _ = writeln!(
            text,
            "  {name}{:>11}  {}",
            seconds(row.self_seconds),
            terminal.paint(Colour::Dim, &share)
        );
    }
    text
}

/// What is said where there is nothing to compare with.
pub(crate) fn nothing_like_it(units: &Units) -> String {
    match units.count() {
        0 => "there was nothing to compile\n".to_owned(),
        count => {
            format!("the first run with just these {count} steps: the next one like it is compared with it\n")
        }
    }
}

/// The verdict, and what it comes from.
pub(crate) fn text(judged: &Judged<'_>, causes: &[Cause], root: &str, terminal: Terminal) -> String {
    let runs = match judged.runs {
        1 => "the last run that did the same".to_owned(),
        runs => format!("your last {runs} runs that did the same"),
    };
    let difference = format!(
        "{}, {}; {} is usual",
        change(nanoseconds(judged.took - judged.usual)),
        percent(nanoseconds(judged.took - judged.usual), nanoseconds(judged.usual)),
        seconds(judged.usual)
    );
    let (word, colour, ends) = match (judged.is_slower(), judged.is_faster()) {
        (true, _) if !causes.is_empty() => ("slower than", Colour::Bad, ", because"),
        (true, _) => ("slower than", Colour::Bad, ""),
        (_, true) => ("faster than", Colour::Good, ""),
        _ => ("as long as", Colour::Plain, ""),
    };
    let mut text = format!("{} {runs} ({difference}){ends}\n", terminal.paint(colour, word));
    causes.iter().for_each(|cause| text.push_str(&because(cause, root)));
    text
}

fn because(cause: &Cause, root: &str) -> String {
    let row = cause.row.as_deref().map_or("between the steps", |row| below(row, root));
    let took = |side: &Option<Amount>| side.as_ref().map(|amount| seconds(amount.total_seconds));
    // Of gaps, and of what is only waited for longer, the row's own time tells nothing.
    let is_work = matches!(cause.kind.as_str(), "grew" | "shrank" | "new" | "gone");
    let detail = match (took(&cause.before), took(&cause.after)) {
        _ if !is_work => String::new(),
        (Some(before), Some(after)) => format!(": {before} before, {after} now"),
        (None, Some(after)) => format!(": {after}"),
        _ => String::new(),
    };
    let effect = change(nanoseconds(cause.effect_seconds));
    format!("  {effect:>10}  {} {}{detail}\n", harmless(row), cause.kind.replace('_', " "))
}

/// The runs of a context, the newest first, of the server at `url` if that is not our own.
pub(crate) fn list(context: &str, runs: &[Timeline], subcommand: &str, url: Option<&str>) -> String {
    if runs.is_empty() {
        let context = harmless(context);
        let at = url.map_or(String::new(), |url| {
            format!(", says the server at {url}; what ran without it is listed once it is stopped")
        });
        return format!("no runs in {context} yet{at}: try `cargo upto {subcommand}`\n");
    }
    let mut text = String::new();
    for run in runs {
        let took = run.duration_seconds.map_or_else(|| "-".to_owned(), seconds);
        let state = run.state.as_deref().unwrap_or("damaged");
        let events = if run.events.total == 1 { "event" } else { "events" };
        let _ =
            writeln!(text, "{}  {state:<8}{took:>11}  {} {events}", harmless(&run.name), run.events.total);
    }
    text
}

fn below<'a>(name: &'a str, root: &str) -> &'a str {
    name.strip_prefix(root).and_then(|name| name.strip_prefix('.')).unwrap_or(name)
}

fn seconds(seconds: f64) -> String {
    duration(nanoseconds(seconds))
}

fn nanoseconds(seconds: f64) -> i64 {
    let whole = std::time::Duration::try_from_secs_f64(seconds.abs()).unwrap_or(std::time::Duration::MAX);
    let whole = i64::try_from(whole.as_nanos()).unwrap_or(i64::MAX);
    if seconds < 0.0 { -whole } else { whole }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PLAIN: Terminal = Terminal { width: 80, is_live: false, has_colours: false };

    fn run(name: &str, seconds: f64) -> Timeline {
        let json = json!({
            "context": "shop build", "name": name, "state": "done", "duration_seconds": seconds,
            "events": {"total": 5, "open": 0}, "loss": {"packets": 0, "dropped": 0},
            "_links": {"self": {"href": "a"}, "upto:context": {"href": "b"}, "upto:events": {"href": "c"}},
        });
        serde_json::from_value(json).expect("a timeline")
    }

    fn cause(kind: &str, row: Option<&str>, effect: f64) -> Cause {
        let json = json!({"kind": kind, "row": row, "effect_seconds": effect,
            "before": {"total_seconds": 1.0}, "after": {"total_seconds": 1.0 + effect}});
        serde_json::from_value(json).expect("a cause")
    }

    #[test]
    fn a_slow_run_is_told_with_its_causes() {
        let earlier = [run("1", 10.0), run("2", 9.0), run("3", 11.0)];
        let judged = judge(&run("4", 13.0), &earlier).expect("three earlier ones");
        assert!(judged.is_slower());
        assert_eq!(judged.typical.name, "1");
        let causes = [cause("grew", Some("build.serde.lib.codegen"), 2.0), cause("gap_grew", None, 1.0)];
        let expected = "\
slower than your last 3 runs that did the same (+3.00 s, +30 %; 10.00 s is usual), because
     +2.00 s  serde.lib.codegen grew: 1.00 s before, 3.00 s now
     +1.00 s  between the steps gap grew
";
        assert_eq!(text(&judged, &causes, "build", PLAIN), expected);
    }

    #[test]
    fn of_an_even_number_the_difference_is_to_the_run_that_the_causes_are_of() {
        let earlier = [run("1", 0.6), run("2", 2.9), run("3", 1.0), run("4", 0.5)];
        let judged = judge(&run("5", 2.0), &earlier).expect("four earlier ones");
        assert_eq!(judged.typical.name, "3");
        let told = text(&judged, &[cause("grew", Some("build.link"), 1.0)], "build", PLAIN);
        assert!(
            told.contains("(+1.00 s, +100 %; 1.00 s is usual), because\n     +1.00 s  link grew"),
            "{told}"
        );
        let judged = judge(&run("3", 2.8), &earlier[..2]).expect("two earlier ones");
        assert_eq!((judged.typical.name.as_str(), judged.is_slower()), ("2", false));
    }

    #[test]
    fn what_differs_little_is_as_long_as_usual() {
        let earlier = [run("1", 10.0), run("2", 10.0)];
        for (seconds, word) in
            [(10.9, "as long as"), (9.1, "as long as"), (8.0, "faster than"), (11.5, "slower than")]
        {
            let judged = judge(&run("3", seconds), &earlier).expect("two earlier ones");
            assert!(text(&judged, &[], "build", PLAIN).starts_with(word), "{seconds}");
        }
        // A part of very little is nothing.
        assert!(!judge(&run("3", 0.25), &[run("1", 0.1)]).expect("one").is_slower());
        assert!(judge(&run("3", 1.0), &[]).is_none());
    }

    #[test]
    fn an_empty_history_says_what_to_do() {
        let empty = |url| list("shop build", &[], "build", url);
        assert_eq!(empty(None), "no runs in shop build yet: try `cargo upto build`\n");
        assert!(empty(Some("http://host:8080")).contains("says the server at http://host:8080; what ran"));
        let runs = [run("1", 10.0)];
        assert_eq!(list("shop build", &runs, "build", None), "1  done        10.00 s  5 events\n");
    }
}
