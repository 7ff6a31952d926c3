//! What is lost when a server ends while its store refuses.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use thiserror::Error;

use crate::catalog::Timeline;

/// Timelines that are named.
const NAMED: usize = 10;

/// What was taken and is in no store, now that nobody is left to try again.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct Unstored {
    /// Bytes that waited, estimated.
    bytes: usize,
    /// Contexts and timelines.
    timelines: BTreeSet<(String, String)>,
    /// Why it could not be stored.
    problem: String,
}

impl Unstored {
    /// So many bytes, for this reason.
    pub(crate) fn new(bytes: usize, problem: impl Display) -> Self {
        Unstored { bytes, timelines: BTreeSet::new(), problem: problem.to_string() }
    }

    /// It was for these.
    pub(super) fn of<'t>(mut self, timelines: impl Iterator<Item = &'t Timeline>) -> Self {
        let names = |timeline: &Timeline| (timeline.context().to_string(), timeline.name().to_string());
        self.timelines.extend(timelines.map(names));
        self
    }

    /// This, and what was lost before.
    pub(super) fn and(mut self, earlier: Option<Self>) -> Self {
        if let Some(Unstored { bytes, timelines, .. }) = earlier {
            self.bytes += bytes;
            self.timelines.extend(timelines);
        }
        self
    }
}

impl Display for Unstored {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Unstored { bytes, timelines, problem } = self;
        write!(formatter, "what was taken last is lost, some {bytes} bytes of marks")?;
        for (number, (context, timeline)) in timelines.iter().take(NAMED).enumerate() {
            write!(formatter, "{}{context:?} {timeline:?}", if number == 0 { " of " } else { ", " })?;
        }
        if timelines.len() > NAMED {
            write!(formatter, " and {} more", timelines.len() - NAMED)?;
        }
        write!(formatter, ": {problem}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_some_timelines_and_counts_the_others() {
        let mut lost = Unstored::new(40, "the store is gone");
        lost.timelines = (0..12).map(|number| ("c".to_owned(), format!("{number:02}\n"))).collect();
        let lost = lost.and(Some(Unstored::new(2, "earlier")));
        let text = lost.to_string();
        assert!(
            text.starts_with("what was taken last is lost, some 42 bytes of marks of \"c\" \"00\\n\", "),
            "{text}"
        );
        assert!(text.ends_with("\"c\" \"09\\n\" and 2 more: the store is gone"), "{text}");
    }
}
