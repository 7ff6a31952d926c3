//! A timeline's tree with its bars, on so many columns.

use super::bar::Scale;
use super::tree::Row;
use crate::cli::api::Timeline;
use crate::cli::terminal::{Colour, Terminal};
use crate::cli::text::{columns, fit};

/// Columns of a duration, or of what is said instead.
const DURATION: usize = 13;
/// Columns of a remark, and of what is between the columns.
const REMARK: usize = 10;

/// Rows, and the span of time that they are drawn in.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Picture {
    pub(in crate::cli) rows: Vec<Row>,
    /// Nanoseconds since the epoch.
    first: i64,
    last: i64,
}

/// How the rows of a picture are divided.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Layout {
    names: usize,
    scale: Scale,
}

/// A row in pieces, each with its colour: its name, its bar, how long it took, a remark.
pub(in crate::cli) type Pieces = [(Colour, String); 4];

impl Picture {
    /// These rows of a timeline, drawn from its beginning to its end.
    pub(in crate::cli) fn new(timeline: &Timeline, rows: Vec<Row>) -> Self {
        let nanoseconds = |time: &Option<String>| {
            let time: jiff::Timestamp = time.as_deref()?.parse().ok()?;
            i64::try_from(time.as_nanosecond()).ok()
        };
        let (first, last) = (nanoseconds(&timeline.first), nanoseconds(&timeline.last));
        Picture { rows, first: first.unwrap_or(0), last: last.unwrap_or(0) }
    }

    /// The division of so many columns. If anything is open, its bar goes on until `now`, in nanoseconds since the epoch;
    /// never less far than what has happened.
    pub(in crate::cli) fn layout(&self, width: usize, now: i64) -> Layout {
        let is_open = self.rows.iter().any(|row| row.first.is_some() && row.last.is_none());
        let last = if is_open { self.last.max(now) } else { self.last };
        let longest = self.rows.iter().map(|row| columns(&row.label(usize::MAX))).max().unwrap_or(0);
        let names = longest.min(width * 2 / 5);
        let bars = width.saturating_sub(names + DURATION + REMARK);
        Layout { names, scale: Scale::new(self.first, last, bars) }
    }

    /// All rows as lines, drawn as far as anything has happened.
    pub(in crate::cli) fn lines(&self, terminal: &Terminal) -> impl Iterator<Item = String> {
        let layout = self.layout(terminal.columns, i64::MIN);
        self.rows.iter().map(move |row| {
            let pieces = layout.pieces(row).map(|(colour, text)| terminal.paint(colour, &text));
            pieces.join(" ").trim_end().to_owned()
        })
    }
}

impl Layout {
    /// A row in pieces, which are to be drawn with a space between them.
    pub(in crate::cli) fn pieces(&self, row: &Row) -> Pieces {
        [
            (Colour::Plain, fit(&row.label(self.names), self.names)),
            (row.colour(), self.scale.bar(row.first, row.last)),
            (Colour::Plain, format!("{:>DURATION$}", row.duration())),
            (Colour::Failed, row.remark().to_owned()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::rows;

    const TREE: &str = r#"{"roots":[
        {"segment":"build","first":"1970-01-01T00:00:00Z","last":"1970-01-01T00:00:10Z","duration_seconds":null,
         "occurrences":0,"open":1,"failed":1,"unknown_start":0,"children":[
            {"segment":"compile","first":"1970-01-01T00:00:00Z","last":"1970-01-01T00:00:05Z","duration_seconds":5.0,
             "occurrences":1,"open":0,"failed":1,"unknown_start":0,"children":[]},
            {"segment":"link","first":"1970-01-01T00:00:05Z","last":"1970-01-01T00:00:10Z","duration_seconds":null,
             "occurrences":1,"open":1,"failed":0,"unknown_start":0,"children":[]}]}]}"#;

    fn picture() -> Picture {
        let timeline = r#"{"context":"c","name":"t","state":"running","first":"1970-01-01T00:00:00Z",
            "last":"1970-01-01T00:00:10Z","duration_seconds":10.0}"#;
        Picture::new(&serde_json::from_str(timeline).expect("a timeline"), rows(TREE, None).expect("a tree"))
    }

    fn lines(columns: usize, picture: &Picture) -> Vec<String> {
        picture.lines(&Terminal { columns, is_interactive: false, has_colours: false }).collect()
    }

    #[test]
    fn rows_have_names_bars_durations_and_remarks() {
        assert_eq!(
            lines(52, &picture()),
            [
                "build     ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒          open failed",
                "  compile ██████████                  5.00 s failed",
                "  link              ▒▒▒▒▒▒▒▒▒▒          open",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [40, 41, 80, 300] {
            assert!(lines(width, &picture()).iter().all(|line| columns(line) <= width), "{width}");
        }
    }

    #[test]
    fn what_is_open_goes_on_until_now() {
        let picture = picture();
        let layout = picture.layout(52, 20_000_000_000);
        let bars: Vec<_> = picture.rows.iter().map(|row| layout.pieces(row)[1].1.clone()).collect();
        assert_eq!(bars[1].trim_end(), "█████");
        assert_eq!(bars[2].trim_start(), "▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒");
    }
}
