//! What was told of a context's timelines, and what is to be told: pure.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::timeline::digest::{Digest, Outcome};
use crate::timeline::history::{Judgement, Verdict, judge};
use crate::timeline::stuck::Stuck;
use crate::timeline::table::Table;
use crate::watch::notice::{Notice, Source, Turn};
use crate::watch::time;

/// Events of one timeline that somebody is told of, at most: those that are worst.
pub(super) const LATE: usize = 20;
/// How grave it is that something runs too long, or longer than it used to.
const PROBLEM_LEVEL: i32 = 3;
/// Characters of a name that are told.
const NAME: usize = 200;

/// What is looked at, and when.
pub(super) struct Subject<'a> {
    /// The context's first name, which it keeps.
    pub(super) key: &'a str,
    pub(super) context: &'a str,
    pub(super) timeline: &'a str,
    /// Nanoseconds since the epoch.
    pub(super) now: i64,
}

/// An event that runs too long. Times are in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Late {
    pub(super) name: String,
    pub(super) host: String,
    pub(super) id: u64,
    /// Since the epoch.
    pub(super) start: i64,
    pub(super) open_for: i64,
    pub(super) limit: i64,
    pub(super) by_history: bool,
}

impl Late {
    pub(super) fn of(table: &Table, stuck: &Stuck) -> Self {
        let Stuck { event, open_for, limit, by_history } = *stuck;
        Late {
            name: table.name(event.name).to_owned(),
            host: table.host(event.host).to_owned(),
            id: event.id,
            start: event.first(),
            open_for,
            limit,
            by_history,
        }
    }

    fn is(&self, told: &Told) -> bool {
        (&*self.name, &*self.host, self.id, self.start) == (&*told.name, &*told.host, told.id, told.start)
    }
}

/// An event that somebody was told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    name: String,
    host: String,
    id: u64,
    start: i64,
}

/// What was told of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The place in the order of the timeline that was looked at last.
    ordinal: Option<u64>,
    late: Vec<Told>,
    /// The timeline that was judged last.
    judged: Option<u64>,
    /// The timeline from which on they take longer, as long as they do.
    regressed: Option<u64>,
}

impl Standing {
    pub(super) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Whether this timeline, or a later one, was judged.
    pub(super) fn is_judged(&self, ordinal: u64) -> bool {
        self.judged.is_some_and(|judged| judged >= ordinal)
    }

    /// The timeline of this place is looked at. What ran too long in the one before is nothing to wait for any more.
    pub(super) fn begin(&mut self, subject: &Subject<'_>, ordinal: u64) -> Vec<Notice> {
        let before = self.ordinal.replace(ordinal);
        let Some(before) = before.filter(|before| *before != ordinal) else { return Vec::new() };
        let left = std::mem::take(&mut self.late);
        let over = |told: &Told| told.resolved(subject, before, "a newer timeline has begun");
        left.iter().map(over).collect()
    }

    /// These events of the timeline run too long; what is to be told of that, and of those that no longer do.
    pub(super) fn take_late(&mut self, subject: &Subject<'_>, late: &[Late]) -> Vec<Notice> {
        let ordinal = self.ordinal.unwrap_or_default();
        let (kept, over): (Vec<Told>, Vec<Told>) = std::mem::take(&mut self.late)
            .into_iter()
            .partition(|told| late.len() >= LATE || late.iter().any(|late| late.is(told)));
        self.late = kept;
        let room = LATE.saturating_sub(self.late.len());
        let new: Vec<&Late> =
            late.iter().filter(|late| !self.late.iter().any(|told| late.is(told))).take(room).collect();
        self.late.extend(new.iter().map(|late| Told::of(late)));
        let over = over.iter().map(|told| told.resolved(subject, ordinal, "it has ended"));
        over.chain(new.iter().map(|late| late.problem(subject, ordinal))).collect()
    }

    /// The timeline of the place `ended` has ended, and these are the runs up to it, the oldest first, as the history has
    /// them. What is to be told if they take longer, or no longer do.
    pub(super) fn take_ended<T>(
        &mut self,
        subject: &Subject<'_>,
        ended: u64,
        runs: &[(T, Arc<Digest>)],
        name: impl Fn(&T) -> String,
    ) -> Option<Notice> {
        self.judged = Some(ended);
        let (timeline, last) = runs.last()?;
        let judgement = judgement(last, runs.iter().map(|(_, digest)| &**digest))?;
        match (judgement.verdict, self.regressed) {
            (Verdict::Regression, None) => {
                self.regressed = Some(ended);
                Some(slower(subject, ended, &name(timeline), last, &judgement))
            }
            (Verdict::Usual | Verdict::Improvement, Some(since)) => {
                self.regressed = None;
                Some(as_fast_again(subject, since, &name(timeline)))
            }
            _ => None,
        }
    }
}

/// What the runs that ended as the last one did say of it; `None`: it is running.
fn judgement<'a>(last: &Digest, runs: impl Iterator<Item = &'a Digest>) -> Option<Judgement> {
    if last.outcome == Outcome::Running {
        return None;
    }
    let alike = runs.filter(|run| run.outcome == last.outcome);
    let durations: Vec<f64> = alike.map(|run| seconds(run.duration)).collect();
    Some(judge(&durations))
}

impl Told {
    fn of(late: &Late) -> Self {
        Told { name: late.name.clone(), host: late.host.clone(), id: late.id, start: late.start }
    }

    fn resolved(&self, subject: &Subject<'_>, ordinal: u64, why: &str) -> Notice {
        let Subject { context, timeline, .. } = subject;
        let (context, timeline, name) = (brief(context), brief(timeline), brief(&self.name));
        notice(
            subject,
            (Source::Event, Turn::Resolved),
            self.incident(subject, ordinal),
            format!("{context}: {name} no longer runs too long"),
            format!("The event {name}{} is nothing to wait for ({timeline}): {why}", on(&self.host)),
        )
    }

    fn incident(&self, subject: &Subject<'_>, ordinal: u64) -> String {
        let Told { name, host, id, start } = self;
        let numbers = format!("{ordinal}/{id}/{start}");
        format!("event/{}", fingerprint(&[subject.key, &numbers, host, name]))
    }
}

impl Late {
    fn problem(&self, subject: &Subject<'_>, ordinal: u64) -> Notice {
        let Subject { context, timeline, .. } = subject;
        let (context, timeline, name) = (brief(context), brief(timeline), brief(&self.name));
        let [open_for, limit] = [self.open_for, self.limit].map(seconds);
        let why = match self.by_history {
            true => "which 99 of 100 earlier timelines stayed within",
            false => "which is the limit",
        };
        notice(
            subject,
            (Source::Event, Turn::Problem),
            Told::of(self).incident(subject, ordinal),
            format!("{context}: {name} runs too long"),
            format!(
                "The event {name}{} of the timeline {timeline} runs since {}, for {open_for:.1} s, and not {limit:.1} s, {why}",
                on(&self.host),
                time(self.start),
            ),
        )
    }
}

fn slower(subject: &Subject<'_>, since: u64, timeline: &str, last: &Digest, judged: &Judgement) -> Notice {
    let (context, timeline) = (brief(subject.context), brief(timeline));
    let usual = judged.median.unwrap_or_default();
    notice(
        subject,
        (Source::Timeline, Turn::Problem),
        regression(subject, since),
        format!("{context}: timelines take longer"),
        format!(
            "The timeline {timeline} took {:.1} s; the median of the {} before it is {usual:.1} s",
            seconds(last.duration),
            judged.runs,
        ),
    )
}

fn as_fast_again(subject: &Subject<'_>, since: u64, timeline: &str) -> Notice {
    let (context, timeline) = (brief(subject.context), brief(timeline));
    notice(
        subject,
        (Source::Timeline, Turn::Resolved),
        regression(subject, since),
        format!("{context}: timelines take as long as they used to"),
        format!("The timeline {timeline} took no longer than those before it"),
    )
}

fn regression(subject: &Subject<'_>, since: u64) -> String {
    format!("timeline/{}", fingerprint(&[subject.key, &since.to_string()]))
}

fn notice(
    subject: &Subject<'_>,
    (source, turn): (Source, Turn),
    incident: String,
    title: String,
    text: String,
) -> Notice {
    let (end, level) = match turn {
        Turn::Problem => ("problem", PROBLEM_LEVEL),
        _ => ("resolved", 0),
    };
    Notice {
        id: format!("{incident}/{end}"),
        incident,
        source,
        turn,
        subject: subject.context.to_owned(),
        title,
        text,
        level,
        time: subject.now,
        target: None,
    }
}

/// The same for the same texts only. Names may be long and of any characters, and an incident's id becomes keys and headers.
fn fingerprint(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn on(host: &str) -> String {
    if host.is_empty() { String::new() } else { format!(" on {}", brief(host)) }
}

fn brief(name: &str) -> String {
    name.chars().take(NAME).collect()
}

fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// A duration in nanoseconds, at most the longest that there is.
pub(super) fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
