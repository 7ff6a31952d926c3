//! What became slower and faster from one build to the next.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use upto_server::timeline::compare::{Difference, compare};
use upto_server::timeline::{Event, State};

use super::duration::{change, duration, percent};
use super::own_time::own_times;
use super::{Build, counted};
use crate::terminal::{Colour, Terminal, fit, harmless};

/// Names that are shown of each kind.
const SHOWN: usize = 10;
const EXPLANATION: &str = "(a name's time is its own, without that of the names below it)";
const DURATION_COLUMNS: usize = 12;
const PERCENT_COLUMNS: usize = 8;
const LEAST_NAME_COLUMNS: usize = 12;

/// What can become of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Slower,
    Faster,
    New,
    Gone,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Slower, Kind::Faster, Kind::New, Kind::Gone];

    fn of(difference: &Difference) -> Self {
        match (difference.before, difference.after) {
            (None, _) => Kind::New,
            (_, None) => Kind::Gone,
            _ if difference.change() > 0 => Kind::Slower,
            _ => Kind::Faster,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Slower => "slower",
            Kind::Faster => "faster",
            Kind::New => "new",
            Kind::Gone => "gone",
        }
    }

    fn colour(self) -> Colour {
        match self {
            Kind::Slower | Kind::New => Colour::Bad,
            Kind::Faster | Kind::Gone => Colour::Good,
        }
    }
}

/// The comparison as text.
pub(super) fn render(before: &Build<'_>, after: &Build<'_>, terminal: Terminal) -> String {
    let unknown = unknown(before.events.iter().chain(after.events));
    let known = |events| own_times(events).into_iter().filter(|event| !unknown.contains(&event.name));
    let differences =
        compare(&known(before.events).collect::<Vec<_>>(), &known(after.events).collect::<Vec<_>>());
    let of = |kind| differences.iter().filter(|each| Kind::of(each) == kind).collect::<Vec<_>>();
    let kinds = Kind::ALL.map(|kind| (kind, of(kind)));
    let table = Table { terminal, root: after.root };
    let mut text = headline(before, after, terminal);
    caveats(before, after).iter().for_each(|caveat| text.push_str(&format!("note: {caveat}\n")));
    text.push_str(&format!("{}\n", summary(&kinds)));
    text.push_str(&format!("{}\n", terminal.paint(Colour::Dim, EXPLANATION)));
    if !unknown.is_empty() {
        text.push_str(&format!(
            "{} not compared: their times are not known\n",
            counted(unknown.len(), "name")
        ));
    }
    kinds.iter().for_each(|(kind, differences)| text.push_str(&table.section(*kind, differences)));
    text
}

/// The names of which somewhere a duration is not known. Neither is how they changed.
fn unknown<'a>(events: impl Iterator<Item = &'a Event>) -> BTreeSet<Arc<str>> {
    let unknown = events.filter(|event| event.state != State::Point && event.duration().is_none());
    unknown.map(|event| event.name.clone()).collect()
}

fn headline(before: &Build<'_>, after: &Build<'_>, terminal: Terminal) -> String {
    let told = match (before.duration(), after.duration()) {
        (Some(was), Some(is)) => {
            let kind = if is > was { Kind::Slower } else { Kind::Faster };
            let difference = format!("{} {}", duration((is - was).saturating_abs()), kind.word());
            let painted = terminal.paint(kind.colour(), &difference).into_owned();
            format!("{painted} ({}): {} before, {} now", percent(is - was, was), duration(was), duration(is))
        }
        _ => "how long one of them took is not known".to_owned(),
    };
    let heading = format!("compared with {}", harmless(before.timeline));
    format!("{}\n{told}\n", terminal.paint(Colour::Bold, &heading))
}

/// What makes the two hard to compare.
fn caveats(before: &Build<'_>, after: &Build<'_>) -> Vec<&'static str> {
    let caveats = [
        (before.has_failed(), "the earlier build did not succeed: what it did not reach counts as new"),
        (after.has_failed(), "this build did not succeed: what it did not reach counts as gone"),
        (
            before.subject() != after.subject(),
            "the earlier build was of something else, or with other arguments",
        ),
    ];
    caveats.into_iter().filter(|(applies, _)| *applies).map(|(_, caveat)| caveat).collect()
}

fn summary(kinds: &[(Kind, Vec<&Difference>)]) -> String {
    let one = |(kind, differences): &(Kind, Vec<&Difference>)| match differences.as_slice() {
        [] => format!("0 {}", kind.word()),
        some => format!("{} {} ({})", some.len(), kind.word(), change(sum(some))),
    };
    kinds.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn sum(differences: &[&Difference]) -> i64 {
    differences.iter().fold(0, |sum: i64, difference| sum.saturating_add(difference.change()))
}

struct Table<'a> {
    terminal: Terminal,
    root: &'a str,
}

impl Table<'_> {
    /// The largest differences of one kind, and how much is not shown.
    fn section(&self, kind: Kind, differences: &[&Difference]) -> String {
        if differences.is_empty() {
            return String::new();
        }
        let (shown, rest) = differences.split_at(differences.len().min(SHOWN));
        let mut text = format!("\n{}\n", self.heading(kind));
        shown.iter().for_each(|difference| text.push_str(&self.row(kind, difference)));
        if !rest.is_empty() {
            // Writing to a text does not fail.
            let _ = writeln!(text, "  and {} more, {} together", rest.len(), change(sum(rest)));
        }
        text
    }

    fn heading(&self, kind: Kind) -> String {
        let columns = format!(
            "{:>DURATION_COLUMNS$}{:>DURATION_COLUMNS$}{:>DURATION_COLUMNS$}",
            "before", "now", "change"
        );
        let word = fit(kind.word(), self.names() + 2);
        format!("{}{}", self.terminal.paint(Colour::Bold, &word), self.terminal.paint(Colour::Dim, &columns))
    }

    fn row(&self, kind: Kind, difference: &Difference) -> String {
        let Difference { name, before, after } = difference;
        let below = name.strip_prefix(self.root).and_then(|name| name.strip_prefix('.'));
        let name = fit(&harmless(below.unwrap_or(name)), self.names());
        let known = |value: &Option<i64>| value.map_or_else(|| "-".to_owned(), duration);
        let changed = format!("{:>DURATION_COLUMNS$}", change(difference.change()));
        let changed = self.terminal.paint(kind.colour(), &changed);
        let percent = percent(difference.change(), before.filter(|_| after.is_some()).unwrap_or(0));
        let line = format!(
            "  {name}{:>DURATION_COLUMNS$}{:>DURATION_COLUMNS$}{changed}{percent:>PERCENT_COLUMNS$}",
            known(before),
            known(after)
        );
        format!("{}\n", line.trim_end())
    }

    fn names(&self) -> usize {
        let numbers = 2 + 3 * DURATION_COLUMNS + PERCENT_COLUMNS;
        // On a wide terminal, numbers far away from their names would be hard to read.
        self.terminal.width.saturating_sub(numbers).clamp(LEAST_NAME_COLUMNS, 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::own_time::tests::event;
    use upto_server::timeline::AttributeValue;

    const MS: i64 = 1_000_000;
    const PLAIN: Terminal = Terminal { width: 80, is_live: false, has_colours: false };

    fn compared(before: &[Event], after: &[Event]) -> String {
        let build = |timeline, events| Build { timeline, events, root: "build" };
        render(&build("1", before), &build("2", after), PLAIN)
    }

    #[test]
    fn each_kind_has_its_section() {
        let before = [
            event("build", 0, 2000 * MS),
            event("build.a.lib", 0, 1000 * MS),
            event("build.b.lib", 1000 * MS, 1500 * MS),
            event("build.old.lib", 1500 * MS, 2000 * MS),
        ];
        let after = [
            event("build", 0, 2300 * MS),
            event("build.a.lib", 0, 1500 * MS),
            event("build.b.lib", 1500 * MS, 1900 * MS),
            event("build.new.lib", 1900 * MS, 2300 * MS),
        ];
        let expected = "\
compared with 1
300 ms slower (+15 %): 2.00 s before, 2.30 s now
1 slower (+500 ms), 1 faster (-100 ms), 1 new (+400 ms), 1 gone (-500 ms)
(a name's time is its own, without that of the names below it)

slower                                    before         now      change
  a.lib                                   1.00 s      1.50 s     +500 ms   +50 %

faster                                    before         now      change
  b.lib                                   500 ms      400 ms     -100 ms   -20 %

new                                       before         now      change
  new.lib                                      -      400 ms     +400 ms

gone                                      before         now      change
  old.lib                                 500 ms           -     -500 ms
";
        assert_eq!(compared(&before, &after), expected);
    }

    #[test]
    fn time_within_counts_once() {
        let before = [
            event("build", 0, 100 * MS),
            event("build.a.bin", 0, 100 * MS),
            event("build.a.bin.link", 90 * MS, 100 * MS),
        ];
        let after = [
            event("build", 0, 150 * MS),
            event("build.a.bin", 0, 150 * MS),
            event("build.a.bin.link", 90 * MS, 150 * MS),
        ];
        let text = compared(&before, &after);
        assert!(text.contains("1 slower (+50 ms), 0 faster, 0 new, 0 gone"), "{text}");
        assert!(text.contains("a.bin.link"), "{text}");
    }

    #[test]
    fn of_many_only_the_largest_are_shown() {
        let events = |factor: i64| {
            (1..=14).map(|n| event(&format!("build.p{n}"), 0, n * factor * MS)).collect::<Vec<_>>()
        };
        let text = compared(&events(1), &events(2));
        assert!(text.contains("p14") && text.contains("p5") && !text.contains("p4 "), "{text}");
        assert!(text.contains("  and 4 more, +10 ms together\n"), "{text}");
    }

    #[test]
    fn what_makes_them_hard_to_compare_is_said() {
        let of = |command: &str| Event {
            attributes: vec![("command".into(), AttributeValue::Text(command.into()))],
            ..event("build", 0, MS)
        };
        let failed = Event { state: State::Failed, ..of("cargo build") };
        assert!(!compared(&[of("a")], &[of("a")]).contains("note"));
        assert!(compared(&[of("a")], &[of("b")]).contains("note: the earlier build was of something else"));
        assert!(compared(std::slice::from_ref(&failed), &[of("cargo build")]).contains("counts as new"));
        assert!(compared(&[of("cargo build")], &[failed]).contains("counts as gone"));
    }

    #[test]
    fn what_is_there_with_an_unknown_duration_is_not_gone() {
        let unknown = Event { start: None, state: State::UnknownStart, ..event("build.a", 0, 5) };
        for (before, after) in [(event("build.a", 0, 5), unknown.clone()), (unknown, event("build.a", 0, 5))]
        {
            let text = compared(&[before, event("build", 0, MS)], &[after, event("build", 0, MS)]);
            assert!(text.contains("0 new, 0 gone"), "{text}");
            assert!(text.contains("1 name not compared"), "{text}");
        }
    }

    #[test]
    fn builds_of_unknown_duration_are_not_compared_as_a_whole() {
        assert!(compared(&[], &[event("build", 0, MS)]).contains("is not known"));
    }
}
