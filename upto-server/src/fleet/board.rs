//! What is known at present: the latest outcomes of each check, and the latest answer of each host.
//!
//! A fold, like that of a timeline: outcomes may come late and more than once. Of one task, the first in the log is the one
//! that counts, so every server shows the same one, and whatever comes later does not overwrite it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::answer::{self, Answer};
use super::outcome::{Ending, Outcome};

/// Outcomes that were added last, for those who follow.
const ARRIVALS: usize = 1_024;

/// The latest of everything.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// Outcomes of a check that are kept.
    limit: usize,
    checks: BTreeMap<String, Column>,
    arrivals: VecDeque<Arc<Outcome>>,
    /// How many were ever added.
    arrived: u64,
}

/// What is known of one check.
#[derive(Debug, Default)]
struct Column {
    /// By when they were due, and by id.
    outcomes: BTreeMap<(i64, String), Arc<Outcome>>,
    /// What is up to here was there already, and is not kept any more.
    floor: Option<(i64, String)>,
    hosts: BTreeMap<String, Latest>,
}

/// What a host said last of a check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Latest {
    /// Its answer to what was due last.
    pub(crate) answer: Answer,
    /// When that task was due.
    scheduled: i64,
    /// When that was measured, by its own clock, or when it was given up.
    pub(crate) time: i64,
    /// When it said something last, by the clock of who asked; `None` if it never did.
    pub(crate) heard: Option<i64>,
}

impl Board {
    /// Keeps so many outcomes of each check.
    pub(crate) fn keeping(limit: usize) -> Self {
        Board { limit, ..Board::default() }
    }

    /// Adds an outcome; false: it was there, or is too old to tell.
    pub(crate) fn add(&mut self, outcome: Outcome) -> bool {
        let outcome = Arc::new(outcome);
        let is_new = self.checks.entry(outcome.check.clone()).or_default().add(&outcome, self.limit);
        if is_new {
            self.arrived += 1;
            self.arrivals.push_back(outcome);
            if self.arrivals.len() > ARRIVALS {
                self.arrivals.pop_front();
            }
        }
        is_new
    }

    /// How many outcomes were ever added.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// What was added after the first `number`, in order; `None` if that is not known any more.
    pub(crate) fn after(&self, number: u64) -> Option<Vec<Arc<Outcome>>> {
        let missing = usize::try_from(self.arrived.checked_sub(number)?).ok()?;
        let skipped = self.arrivals.len().checked_sub(missing)?;
        Some(self.arrivals.iter().skip(skipped).cloned().collect())
    }

    /// The outcomes of a check, the latest first.
    pub(crate) fn latest(&self, check: &str) -> impl Iterator<Item = &Arc<Outcome>> {
        self.checks.get(check).into_iter().flat_map(|column| column.outcomes.values().rev())
    }

    /// All hosts that ever answered or were to answer something that is kept.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.checks.values().flat_map(|column| column.hosts.keys().map(String::as_str))
    }

    /// What a host said last of a check.
    pub(crate) fn of_host(&self, check: &str, host: &str) -> Option<&Latest> {
        self.checks.get(check)?.hosts.get(host)
    }

    /// How a host stands at `now`; `None` if it was never asked for this. `seen` is when it was last heard of in any way.
    pub(crate) fn standing(
        &self,
        check: &str,
        host: &str,
        now: i64,
        period: Duration,
        seen: Option<i64>,
    ) -> Option<Answer> {
        let latest = self.of_host(check, host)?;
        let heard = latest.heard.or(seen).unwrap_or(latest.scheduled);
        Some(answer::standing(Some(&latest.answer), heard, now, period))
    }

    /// Forgets a host.
    pub(crate) fn forget(&mut self, host: &str) {
        self.checks.values_mut().for_each(|column| {
            column.hosts.remove(host);
        });
    }
}

impl Column {
    fn add(&mut self, outcome: &Arc<Outcome>, limit: usize) -> bool {
        let key = (outcome.scheduled, outcome.id.clone());
        if self.floor.as_ref().is_some_and(|floor| key <= *floor) || self.outcomes.contains_key(&key) {
            return false;
        }
        self.note(outcome);
        self.outcomes.insert(key, outcome.clone());
        while self.outcomes.len() > limit.max(1) {
            self.floor = self.outcomes.pop_first().map(|(key, _)| key);
        }
        true
    }

    fn note(&mut self, outcome: &Outcome) {
        let Ending::Answered(answers) = &outcome.ending else { return };
        for said in answers {
            // It may have answered at once, while others were waited for.
            let heard = said.answer.is_heard().then_some(outcome.ended.saturating_sub(outcome.took));
            let latest = self.hosts.entry(said.host.clone()).or_insert_with(|| Latest {
                answer: said.answer.clone(),
                scheduled: i64::MIN,
                time: said.time,
                heard: None,
            });
            latest.heard = latest.heard.max(heard);
            if latest.scheduled <= outcome.scheduled {
                (latest.answer, latest.scheduled, latest.time) =
                    (said.answer.clone(), outcome.scheduled, said.time);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::HostAnswer;
    use super::super::task::Task;
    use super::*;

    fn outcome(number: i64, attempt: u32, answer: Answer) -> Outcome {
        let task = Task { id: format!("c-{number}"), check: "c".into(), scheduled: number * 100, part: None };
        let answers = vec![HostAnswer { host: "h".into(), answer, time: number * 100 + 1 }];
        Outcome::of(&task, attempt, "w", number * 100 + 10, Ending::Answered(answers))
    }

    fn values(board: &Board) -> Vec<Option<f64>> {
        board.latest("c").map(|outcome| outcome.answers()[0].answer.value()).collect()
    }

    #[test]
    fn of_one_task_the_first_outcome_counts() {
        let mut board = Board::keeping(10);
        assert!(board.add(outcome(1, 2, Answer::Ok(2.0))));
        assert!(!board.add(outcome(1, 1, Answer::Ok(1.0))), "a late one of the first attempt");
        assert_eq!(values(&board), [Some(2.0)]);
        assert_eq!(board.arrived(), 1);
    }

    #[test]
    fn outcomes_are_in_the_order_in_which_they_were_due() {
        let mut board = Board::keeping(10);
        for number in [2, 3, 1] {
            board.add(outcome(number, 1, Answer::Ok(number as f64)));
        }
        assert_eq!(values(&board), [Some(3.0), Some(2.0), Some(1.0)]);
        let latest = board.of_host("c", "h").expect("it was asked");
        assert_eq!((latest.answer.clone(), latest.time, latest.heard), (Answer::Ok(3.0), 301, Some(310)));
    }

    #[test]
    fn so_many_are_kept_and_older_ones_do_not_come_back() {
        let mut board = Board::keeping(2);
        for number in [1, 2, 3] {
            board.add(outcome(number, 1, Answer::Ok(0.0)));
        }
        assert_eq!(board.latest("c").count(), 2);
        assert!(!board.add(outcome(0, 1, Answer::Ok(0.0))));
    }

    #[test]
    fn a_host_that_answers_no_more_turns_stale_and_comes_back() {
        let (mut board, period) = (Board::keeping(10), Duration::from_nanos(100));
        board.add(outcome(1, 1, Answer::Ok(7.0)));
        let standing = |board: &Board, now| board.standing("c", "h", now, period, None);
        assert_eq!(standing(&board, 250), Some(Answer::Ok(7.0)));
        board.add(outcome(2, 1, Answer::Timeout));
        assert_eq!(standing(&board, 290), Some(Answer::Timeout));
        assert_eq!(standing(&board, 311), Some(Answer::Stale(201)));
        board.add(outcome(4, 1, Answer::Ok(8.0)));
        assert_eq!(standing(&board, 420), Some(Answer::Ok(8.0)));
        assert_eq!(board.standing("c", "unheard of", 0, period, None), None);
    }

    #[test]
    fn who_follows_is_told_each_once_or_that_too_much_was_missed() {
        let mut board = Board::keeping(1);
        for number in 0..i64::try_from(ARRIVALS).expect("a few") + 1 {
            board.add(outcome(number, 1, Answer::Ok(0.0)));
        }
        assert!(board.after(0).is_none());
        assert_eq!(board.after(1).map(|told| told.len()), Some(ARRIVALS));
        assert_eq!(board.after(board.arrived()), Some(vec![]));
        assert!(board.after(board.arrived() + 1).is_none());
    }
}
