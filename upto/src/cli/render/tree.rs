//! The tree of a timeline as rows, each with its bar.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::duration::duration;
use crate::cli::terminal::Colour;
use crate::cli::text::{columns, cut, harmless};

/// Rows that are made at most: more than anybody looks at.
const ROWS: usize = 1_000_000;
/// Levels that are shown at most. Each is read once more than the one above it, so that a path of thousands of them, which
/// anybody may send, takes neither a stack nor a time to match.
const LEVELS: usize = 64;
/// Levels beyond this are not drawn farther to the right.
const INDENTED: usize = 16;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Row {
    pub(in crate::cli) level: usize,
    pub(in crate::cli) segment: String,
    pub(in crate::cli) state: State,
    /// Nanoseconds since the epoch, as below.
    pub(in crate::cli) first: Option<i64>,
    pub(in crate::cli) last: Option<i64>,
    pub(in crate::cli) seconds: Option<f64>,
    pub(in crate::cli) occurrences: u64,
    /// There are levels below that are not shown.
    pub(in crate::cli) hides_children: bool,
}

/// How what is below a node went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum State {
    Done,
    /// Something is open.
    Open,
    /// Something has failed.
    Failed,
    /// Something has ended that is not known to have begun.
    UnknownStart,
}

#[derive(Deserialize)]
struct Roots<'a> {
    #[serde(borrow)]
    roots: Vec<&'a RawValue>,
}

/// Its children are not read with it: a tree of thousands of levels would take a stack as deep.
#[derive(Deserialize)]
struct Node<'a> {
    #[serde(borrow)]
    segment: Cow<'a, str>,
    first: Option<jiff::Timestamp>,
    last: Option<jiff::Timestamp>,
    duration_seconds: Option<f64>,
    occurrences: u64,
    open: u64,
    failed: u64,
    unknown_start: u64,
    #[serde(borrow)]
    children: Vec<&'a RawValue>,
}

/// The rows of a tree as the server has it, from the top, down to `levels` levels; to 64 at most.
///
/// # Errors
/// It is no tree.
pub(in crate::cli) fn rows(tree: &str, levels: Option<usize>) -> Result<Vec<Row>, serde_json::Error> {
    let roots: Roots<'_> = serde_json::from_str(tree)?;
    let mut rows = Vec::new();
    let mut waiting: Vec<(usize, &RawValue)> = roots.roots.into_iter().rev().map(|root| (0, root)).collect();
    let levels = levels.unwrap_or(LEVELS).min(LEVELS);
    while let Some((level, node)) = waiting.pop().filter(|_| rows.len() < ROWS) {
        let node: Node<'_> = serde_json::from_str(node.get())?;
        let is_lowest = level + 1 >= levels;
        if !is_lowest {
            waiting.extend(node.children.iter().rev().map(|child| (level + 1, *child)));
        }
        rows.push(Row { hides_children: is_lowest && !node.children.is_empty(), ..row(level, &node) });
    }
    Ok(rows)
}

fn row(level: usize, node: &Node<'_>) -> Row {
    let state = match node {
        Node { failed: 1.., .. } => State::Failed,
        Node { open: 1.., .. } => State::Open,
        Node { unknown_start: 1.., .. } => State::UnknownStart,
        _ => State::Done,
    };
    let nanoseconds = |time: Option<jiff::Timestamp>| i64::try_from(time?.as_nanosecond()).ok();
    Row {
        level,
        segment: harmless(&node.segment).into_owned(),
        state,
        first: nanoseconds(node.first),
        last: nanoseconds(node.last).filter(|_| node.open == 0),
        seconds: node.duration_seconds,
        occurrences: node.occurrences,
        hides_children: false,
    }
}

impl Row {
    /// How long it took, or why that is not known.
    pub(in crate::cli) fn duration(&self) -> String {
        match (self.state, self.seconds) {
            (_, Some(seconds)) if self.first.is_some() => duration(seconds),
            (State::UnknownStart, _) => "start unknown".to_owned(),
            (_, _) if self.last.is_none() => "open".to_owned(),
            _ => String::new(),
        }
    }

    /// The name below its parents, in at most so many columns.
    pub(in crate::cli) fn label(&self, width: usize) -> String {
        let times = if self.occurrences > 1 { format!(" ×{}", self.occurrences) } else { String::new() };
        let times = if self.hides_children { times + " …" } else { times };
        let indent = "  ".repeat(self.level.min(INDENTED));
        let room = width.saturating_sub(columns(&indent) + columns(&times));
        let label = format!("{indent}{}{times}", cut(&self.segment, room));
        cut(&label, width).into_owned()
    }

    /// The colour of its bar.
    pub(in crate::cli) fn colour(&self) -> Colour {
        match self.state {
            State::Done => Colour::Plain,
            State::Open => Colour::Running,
            State::Failed => Colour::Failed,
            State::UnknownStart => Colour::Doubtful,
        }
    }

    /// A word for what the colour says, where it is not that all went well.
    pub(in crate::cli) fn remark(&self) -> &'static str {
        if self.state == State::Failed { "failed" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(segment: &str, fields: &str, children: &str) -> String {
        let times = r#""first":"1970-01-01T00:00:00Z","last":"1970-01-01T00:00:10Z""#;
        let counts = r#""occurrences":1,"open":0,"failed":0,"unknown_start":0"#;
        let fields = if fields.is_empty() {
            format!(r#"{times},"duration_seconds":10.0,{counts}"#)
        } else {
            fields.to_owned()
        };
        format!(r#"{{"segment":"{segment}",{fields},"children":[{children}]}}"#)
    }

    fn tree(roots: &str) -> String {
        format!(r#"{{"roots":[{roots}],"_links":{{}}}}"#)
    }

    #[test]
    fn rows_are_in_the_order_of_the_tree() {
        let nested = node("a", "", &[node("b", "", &node("c", "", "")), node("d", "", "")].join(","));
        let tree = tree(&[nested, node("e", "", "")].join(","));
        let brief = |levels| -> Vec<_> {
            let rows = rows(&tree, levels).expect("a tree");
            rows.into_iter().map(|row| (row.segment, row.level)).collect()
        };
        let all =
            [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 0)].map(|(name, level)| (name.to_owned(), level));
        assert_eq!(brief(None), all);
        assert_eq!(brief(Some(2)), [&all[..2], &all[3..]].concat());
    }

    #[test]
    fn trees_of_thousands_of_levels_take_no_stack_and_no_time() {
        let deep = (0..8_000).fold(String::new(), |child, _| node("a", "", &child));
        let rows = rows(&tree(&deep), None).expect("a tree");
        assert_eq!(rows.len(), LEVELS);
        assert!(columns(&rows[LEVELS - 1].label(36)) <= 36);
        assert!(rows[LEVELS - 1].label(99).ends_with("a …"));
    }

    #[test]
    fn what_is_not_known_is_said_and_not_invented() {
        let open = r#""first":"1970-01-01T00:00:05Z","last":"1970-01-01T00:00:06Z","duration_seconds":null,"occurrences":2,"open":1,"failed":0,"unknown_start":0"#;
        let orphan = r#""first":null,"last":"1970-01-01T00:00:06Z","duration_seconds":null,"occurrences":1,"open":0,"failed":0,"unknown_start":1"#;
        let failed = r#""first":"1970-01-01T00:00:00Z","last":"1970-01-01T00:00:02Z","duration_seconds":2.0,"occurrences":1,"open":0,"failed":1,"unknown_start":0"#;
        let tree =
            tree(&[node("o", open, ""), node("u", orphan, ""), node("f\\u001b[2J", failed, "")].join(","));
        let rows = rows(&tree, None).expect("a tree");
        let said: Vec<_> =
            rows.iter().map(|row| (row.label(9), row.duration(), row.last.is_some())).collect();
        let expected =
            [("o ×2", "open", false), ("u", "start unknown", true), ("f\u{fffd}[2J", "2.00 s", true)];
        assert_eq!(
            said,
            expected.map(|(label, duration, ends)| (label.to_owned(), duration.to_owned(), ends))
        );
        assert_eq!([rows[0].remark(), rows[2].remark()], ["", "failed"]);
    }
}
