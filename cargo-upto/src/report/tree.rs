//! A timeline as a tree of names with durations and bars.

use std::collections::HashMap;

use upto_server::timeline::tree::{self, Node};
use upto_server::timeline::{Event, State};

use super::duration::duration;
use crate::terminal::{Colour, Terminal, columns_of, cut, fit, harmless};

const DURATION_COLUMNS: usize = 11;
/// Between the columns, with the mark of what did not end well.
const GAP_COLUMNS: usize = 5;
const LEAST_BAR_COLUMNS: usize = 8;
/// Of a line, at most this part is for names.
const NAMES_PART: (usize, usize) = (11, 20);

/// One line.
struct Row<'a> {
    /// What shows where in the tree it is.
    branches: String,
    name: String,
    node: &'a Node,
}

/// The tree of these events, in lines of the terminal's width.
pub(super) fn render(events: &[Event], terminal: Terminal) -> String {
    let roots = tree::tree(events);
    let mut rows = Vec::new();
    roots.iter().for_each(|root| add(root, String::new(), "", &mut rows));
    let layout = Layout::of(&rows, &roots, terminal);
    let own = own_events(events);
    let of = |row: &Row<'_>| own.get(row.node.name.as_str()).map(Vec::as_slice).unwrap_or_default();
    rows.iter().map(|row| layout.line(row, of(row)) + "\n").collect()
}

fn own_events(events: &[Event]) -> HashMap<&str, Vec<&Event>> {
    let mut own = HashMap::<&str, Vec<&Event>>::new();
    events.iter().for_each(|event| own.entry(&event.name).or_default().push(event));
    own
}

/// Adds a node and all below. Names that are only there for the one name below them share its line.
fn add<'a>(node: &'a Node, first: String, others: &str, rows: &mut Vec<Row<'a>>) {
    let mut name = harmless(&node.segment);
    let mut node = node;
    while let ([only], 0) = (node.children.as_slice(), node.occurrences) {
        name = format!("{name}.{}", harmless(&only.segment));
        node = only;
    }
    if node.occurrences > 1 {
        name = format!("{name} ×{}", node.occurrences);
    }
    rows.push(Row { branches: first, name, node });
    for (place, child) in node.children.iter().enumerate() {
        let (branch, below) =
            if place + 1 < node.children.len() { ("├─ ", "│  ") } else { ("└─ ", "   ") };
        add(child, format!("{others}{branch}"), &format!("{others}{below}"), rows);
    }
}

/// How a line is divided.
struct Layout {
    terminal: Terminal,
    names: usize,
    bars: usize,
    /// What the bars' whole width stands for.
    extent: (i64, i64),
}

impl Layout {
    fn of(rows: &[Row<'_>], roots: &[Node], terminal: Terminal) -> Self {
        let longest = rows.iter().map(|row| columns_of(&row.branches) + columns_of(&row.name)).max();
        let names = longest.unwrap_or(0).min(terminal.width * NAMES_PART.0 / NAMES_PART.1);
        let bars = terminal.width.saturating_sub(names + DURATION_COLUMNS + GAP_COLUMNS);
        let extents = || roots.iter().filter_map(|root| root.extent);
        let first = extents().map(|(first, _)| first).min().unwrap_or(0);
        let last = extents().map(|(_, last)| last).max().unwrap_or(0);
        Layout { terminal, names, bars, extent: (first, last) }
    }

    fn line(&self, row: &Row<'_>, own: &[&Event]) -> String {
        let left = self.names.saturating_sub(columns_of(&row.branches));
        let name = format!("{}{}", self.terminal.paint(Colour::Dim, &row.branches), fit(&row.name, left));
        let ending = Ending::of(own);
        let took = format!("{:>DURATION_COLUMNS$}", cut(&took(row.node, own, ending), DURATION_COLUMNS));
        let took = self.terminal.paint(if own.is_empty() { Colour::Dim } else { Colour::Plain }, &took);
        let mark = self.terminal.paint(ending.colour(), ending.mark());
        let colour = if own.is_empty() { Colour::Dim } else { ending.colour() };
        let bar = self.bar(row.node.extent.filter(|_| self.bars >= LEAST_BAR_COLUMNS));
        let line = format!("{name}  {took} {mark} {}", self.terminal.paint(colour, &bar));
        line.trim_end().to_owned()
    }

    /// A bar from half a column to half a column; whatever happened has at least a half.
    fn bar(&self, extent: Option<(i64, i64)>) -> String {
        let Some((first, last)) = extent else { return String::new() };
        let halves = 2 * self.bars;
        let from = self.half(first, halves).min(halves - 1);
        let to = self.half(last, halves).max(from + 1);
        let is_filled = |half: usize| (from..to).contains(&half);
        let column = |column: usize| match (is_filled(2 * column), is_filled(2 * column + 1)) {
            (true, true) => '█',
            (true, false) => '▌',
            (false, true) => '▐',
            (false, false) => ' ',
        };
        (0..to.div_ceil(2)).map(column).collect()
    }

    /// Where an instant is, in half columns.
    fn half(&self, instant: i64, halves: usize) -> usize {
        let (first, last) = self.extent;
        let whole = last.abs_diff(first).max(1);
        let part =
            u128::from(instant.abs_diff(first)) * u128::try_from(halves).unwrap_or(0) / u128::from(whole);
        usize::try_from(part).unwrap_or(halves).min(halves)
    }
}

/// How the events of one name ended; the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Well,
    UnknownStart,
    Cancelled,
    Open,
    Failed,
}

impl Ending {
    fn of(events: &[&Event]) -> Self {
        let ending = |event: &&Event| match event.state {
            State::Done | State::Point => Ending::Well,
            State::UnknownStart => Ending::UnknownStart,
            State::Cancelled => Ending::Cancelled,
            State::Open => Ending::Open,
            State::Failed => Ending::Failed,
        };
        events.iter().map(ending).max().unwrap_or(Ending::Well)
    }

    fn mark(self) -> &'static str {
        match self {
            Ending::Well => " ",
            Ending::UnknownStart => "?",
            Ending::Cancelled => "-",
            Ending::Open => "…",
            Ending::Failed => "✗",
        }
    }

    fn colour(self) -> Colour {
        match self {
            Ending::Well => Colour::Good,
            Ending::UnknownStart | Ending::Cancelled | Ending::Open => Colour::Doubtful,
            Ending::Failed => Colour::Bad,
        }
    }
}

/// How long a name took: its own events together, or where it has none, from the first to the last below.
/// Durations that are not known are not made up.
fn took(node: &Node, own: &[&Event], ending: Ending) -> String {
    let known = own.iter().map(|event| event.duration()).sum::<Option<i64>>();
    match (own, known, ending) {
        ([], ..) => node.extent.map(|(first, last)| duration(last.saturating_sub(first))).unwrap_or_default(),
        (_, Some(known), _) => duration(known),
        (_, None, Ending::Open) => "open".to_owned(),
        (_, None, _) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::own_time::tests::event;

    const S: i64 = 1_000_000_000;

    fn lines(events: &[Event], width: usize) -> Vec<String> {
        let terminal = Terminal { width, is_live: false, has_colours: false };
        let text = render(events, terminal);
        text.lines().map(str::to_owned).collect()
    }

    fn build() -> Vec<Event> {
        vec![
            event("build", 0, 10 * S),
            event("build.a.build_script.compile", 0, 2 * S),
            event("build.a.build_script.run", 2 * S, 3 * S),
            event("build.a.lib", 3 * S, 5 * S),
            Event { state: State::Failed, ..event("build.b.bin b", 5 * S, 10 * S) },
        ]
    }

    #[test]
    fn names_durations_and_bars_are_aligned() {
        let expected = [
            "build                   10.00 s   ██████████",
            "├─ a                     5.00 s   █████",
            "│  ├─ build_script       3.00 s   ███",
            "│  │  ├─ compile         2.00 s   ██",
            "│  │  └─ run             1.00 s     █",
            "│  └─ lib                2.00 s      ██",
            "└─ b.bin b               5.00 s ✗      █████",
        ];
        assert_eq!(lines(&build(), 44), expected);
    }

    #[test]
    fn no_line_is_longer_than_the_terminal_is_wide() {
        let mut events = build();
        events.push(event(&format!("build.{}.日本語", "long".repeat(30)), 0, 10 * S));
        for width in [40, 41, 80, 120, 200] {
            for line in lines(&events, width) {
                assert!(columns_of(&line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let open = Event { end: None, state: State::Open, ..event("a", 0, 0) };
        let unknown = Event { start: None, state: State::UnknownStart, ..event("b", 0, 5 * S) };
        let lines = lines(&[open, unknown, event("c", 0, 10 * S)], 60);
        assert!(lines[0].contains("open …"), "{lines:?}");
        assert!(lines[2].contains("unknown ?"), "{lines:?}");
    }

    #[test]
    fn events_of_one_name_share_a_line() {
        let lines = lines(&[event("a", 0, 2 * S), event("a", 4 * S, 5 * S)], 60);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("a ×2") && lines[0].contains("3.00 s"), "{lines:?}");
    }

    #[test]
    fn something_is_seen_of_the_shortest_event() {
        let lines = lines(&[event("a", 0, 100 * S), event("b", 100 * S, 100 * S)], 60);
        assert!(lines[1].ends_with('▐'), "{lines:?}");
    }

    #[test]
    fn colours_do_not_change_the_text() {
        let terminal = Terminal { width: 60, is_live: true, has_colours: true };
        let coloured = render(&build(), terminal);
        assert!(coloured.contains("\u{1b}[31m✗\u{1b}[0m"), "{coloured}");
        let plain = coloured.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest));
        assert_eq!(
            plain.collect::<String>().lines().map(str::trim_end).collect::<Vec<_>>(),
            lines(&build(), 60)
        );
    }
}
