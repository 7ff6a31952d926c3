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
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn subject(now: i64) -> Subject<'static> {
        Subject { key: "nightly", context: "nightly", timeline: "7", now: now * SECOND }
    }

    fn late(name: &str, start: i64) -> Late {
        Late {
            name: name.to_owned(),
            host: "web-1".to_owned(),
            id: 3,
            start: start * SECOND,
            open_for: 90 * SECOND,
            limit: 60 * SECOND,
            by_history: true,
        }
    }

    fn turns(notices: &[Notice]) -> Vec<(Turn, &str)> {
        notices.iter().map(|notice| (notice.turn, notice.title.as_str())).collect()
    }

    #[test]
    fn an_event_that_runs_too_long_is_told_once_and_when_it_is_over() {
        let mut standing = Standing::default();
        assert_eq!(standing.begin(&subject(90), 4), []);
        let told = standing.take_late(&subject(90), &[late("copy", 0)]);
        assert_eq!(turns(&told), [(Turn::Problem, "nightly: copy runs too long")]);
        let expected = "The event copy on web-1 of the timeline 7 runs since 1970-01-01T00:00:00Z, for 90.0 s, and not \
            60.0 s, which 99 of 100 earlier timelines stayed within";
        assert_eq!(told[0].text, expected);
        assert_eq!(told[0].id, format!("{}/problem", told[0].incident));
        assert_eq!(standing.take_late(&subject(95), &[late("copy", 0)]), []);
        let over = standing.take_late(&subject(99), &[]);
        assert_eq!(turns(&over), [(Turn::Resolved, "nightly: copy no longer runs too long")]);
        assert_eq!(over[0].incident, told[0].incident);
        assert!(!standing.has_late());
    }

    #[test]
    fn a_newer_timeline_ends_the_wait() {
        let mut standing = Standing::default();
        standing.begin(&subject(0), 4);
        let told = standing.take_late(&subject(90), &[late("copy", 0)]);
        let over = standing.begin(&subject(100), 5);
        assert_eq!(over.len(), 1);
        assert_eq!(over[0].incident, told[0].incident);
        assert!(over[0].text.ends_with("a newer timeline has begun"), "{}", over[0].text);
        assert_eq!(standing.begin(&subject(101), 5), []);
    }

    #[test]
    fn so_many_events_are_told_and_no_more() {
        let mut standing = Standing::default();
        standing.begin(&subject(0), 4);
        let all: Vec<Late> = (0..30).map(|start| late("copy", start)).collect();
        assert_eq!(standing.take_late(&subject(90), &all[..LATE]).len(), LATE);
        // Those that come after the worst ones are not known; nobody says that the others are over.
        assert_eq!(standing.take_late(&subject(91), &all[10..]), []);
        let over = standing.take_late(&subject(92), &all[15..20]);
        assert_eq!(over.len(), 15);
        assert_eq!(standing.take_late(&subject(93), &all[15..25]).len(), 5);
    }

    #[test]
    fn incidents_of_any_names_are_short_and_plain() {
        let mut standing = Standing::default();
        standing.begin(&subject(0), 4);
        let name = "\n\u{fc}".repeat(8_000);
        let told = standing.take_late(&subject(90), &[late(&name, 0), late(&name, 1)]);
        assert_ne!(told[0].incident, told[1].incident);
        assert!(told.iter().all(|notice| notice.id.is_ascii() && notice.id.len() < 60), "{}", told[0].id);
        assert!(told[0].text.len() < 1_000);
    }

    fn runs(seconds: &[f64]) -> Vec<(u64, Arc<Digest>)> {
        #[expect(clippy::cast_possible_truncation)]
        let digest = |seconds: f64| Digest {
            duration: (seconds * 1e9) as i64,
            outcome: Outcome::Done,
            ..Digest::default()
        };
        (0..).zip(seconds).map(|(number, seconds)| (number, Arc::new(digest(*seconds)))).collect()
    }

    #[test]
    fn timelines_that_take_longer_are_told_until_they_no_longer_do() {
        let mut standing = Standing::default();
        let mut durations = vec![9.5, 10.3, 9.7, 10.0, 10.4, 9.9, 10.1, 9.6, 10.2, 9.8];
        let mut told = Vec::new();
        for last in [10.0, 13.0, 13.0, 13.5, 10.0, 10.0, 9.8, 10.1, 10.0] {
            durations.push(last);
            let runs = runs(&durations);
            let ended = u64::try_from(runs.len()).expect("few");
            assert!(!standing.is_judged(ended));
            let notice = standing.take_ended(&subject(0), ended, &runs, u64::to_string);
            assert!(standing.is_judged(ended) && standing.is_judged(ended - 1));
            told.extend(notice.map(|notice| (ended, notice.turn, notice.id, notice.text)));
        }
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!((told[0].0, told[0].1), (13, Turn::Problem));
        assert_eq!(told[0].3, "The timeline 12 took 13.0 s; the median of the 12 before it is 10.0 s");
        let incident = told[0].2.strip_suffix("/problem").expect("a problem");
        assert_eq!(
            (told[1].1, told[1].2.as_str()),
            (Turn::Resolved, format!("{incident}/resolved").as_str())
        );
    }

    #[test]
    fn what_runs_is_not_judged_and_what_failed_is_compared_with_what_failed() {
        let mut runs = runs(&[10.0; 12]);
        let end = |runs: &mut Vec<(u64, Arc<Digest>)>, outcome, seconds: i64| {
            runs.push((99, Arc::new(Digest { duration: seconds * SECOND, outcome, ..Digest::default() })));
        };
        end(&mut runs, Outcome::Failed, 100);
        end(&mut runs, Outcome::Failed, 100);
        let mut standing = Standing::default();
        assert_eq!(standing.take_ended(&subject(0), 1, &runs, u64::to_string), None);
        end(&mut runs, Outcome::Running, 100);
        assert_eq!(standing.take_ended(&subject(0), 2, &runs, u64::to_string), None);
        assert_eq!(standing.take_ended(&subject(0), 3, &[], u64::to_string), None);
    }
}
