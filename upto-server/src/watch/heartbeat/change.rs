//! What changes a heartbeat, and what of that is news.
//!
//! A change may be applied again to a heartbeat that has it already, as after a conflict with another server: it has no
//! effect then.

use super::{AlertTarget, Heartbeat, Pulse, Standing, outages};

/// What happens to a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Somebody says what it is to be, without a pulse of its own.
    Define(Pulse),
    /// It pulses; `None`: as it did before.
    Pulse(Option<Pulse>),
    /// A job begins: it has to pulse within its grace time, or what it has instead.
    Start(Option<Pulse>),
    /// It says that it failed, and how.
    Fail(String),
    /// It says that it will not pulse any more.
    Cancel,
    Pause,
    Resume,
    /// It did not pulse by this deadline.
    Miss {
        deadline: i64,
    },
    /// It did not pulse by this deadline, when no server ran: it gets its time once more.
    Rearm {
        deadline: i64,
    },
}

impl Change {
    /// Who is told from now on, if it says so.
    pub(crate) fn target(&self) -> Option<&AlertTarget> {
        match self {
            Change::Define(pulse) | Change::Pulse(Some(pulse)) | Change::Start(Some(pulse)) => {
                pulse.alert.as_ref()
            }
            _ => None,
        }
    }
}

/// What somebody may want to know of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It did not pulse; since its last pulse, if it had one.
    Died { last: Option<i64> },
    /// It failed.
    Failed,
    /// It pulses again.
    Recovered,
    /// It got its time once more.
    Rearmed,
}

impl Heartbeat {
    /// Applies a change that happened at `at`.
    pub(crate) fn apply(&mut self, change: &Change, at: i64) -> Option<News> {
        match change {
            Change::Define(pulse) => {
                self.define(pulse);
                None
            }
            Change::Pulse(pulse) => self.pulse(pulse.as_ref(), at),
            Change::Start(pulse) => {
                self.start(pulse.as_ref(), at);
                None
            }
            Change::Fail(text) => self.fail(text, at),
            Change::Cancel => self.stop(Standing::Cancelled, at),
            Change::Pause => self.stop(Standing::Paused, at),
            Change::Resume => self.resume(at),
            Change::Miss { deadline } => self.miss(*deadline, at),
            Change::Rearm { deadline } => self.rearm(*deadline, at),
        }
    }

    fn define(&mut self, pulse: &Pulse) {
        let Pulse { next, grace, alert, text } = pulse.clone();
        (self.next, self.grace, self.alert) = (next, grace, alert);
        if !text.is_empty() {
            self.text = text;
        }
    }

    fn pulse(&mut self, pulse: Option<&Pulse>, at: i64) -> Option<News> {
        if self.last.is_some_and(|last| at < last) {
            // A later one is known already.
            return None;
        }
        if let Some(pulse) = pulse {
            self.define(pulse);
            self.text.clone_from(&pulse.text);
        }
        let was_dead = self.standing == Standing::Dead;
        self.last = Some(at);
        self.expected = Some(at.saturating_add(self.next));
        self.stand(Standing::Up, at);
        outages::end(&mut self.outages, at);
        was_dead.then_some(News::Recovered)
    }

    fn start(&mut self, pulse: Option<&Pulse>, at: i64) {
        if self.expected.is_some_and(|expected| expected == at) {
            return;
        }
        if let Some(pulse) = pulse {
            self.define(pulse);
        }
        // The job has its grace time to be done, and its whole period where there is none.
        self.expected = Some(if self.grace > 0 { at } else { at.saturating_add(self.next) });
        if self.standing != Standing::Dead {
            self.stand(Standing::Up, at);
        }
    }

    fn fail(&mut self, text: &str, at: i64) -> Option<News> {
        if self.last.is_some_and(|last| at < last) {
            return None;
        }
        text.clone_into(&mut self.text);
        self.last = Some(at);
        self.die(at).then_some(News::Failed)
    }

    fn stop(&mut self, standing: Standing, at: i64) -> Option<News> {
        if self.last.is_none_or(|last| at >= last) {
            self.expected = None;
            self.stand(standing, at);
            outages::end(&mut self.outages, at);
        }
        None
    }

    fn resume(&mut self, at: i64) -> Option<News> {
        if self.standing == Standing::Paused {
            self.expected = self.last.map(|_| at.saturating_add(self.next));
            let standing = if self.last.is_some() { Standing::Up } else { Standing::New };
            self.stand(standing, at);
        }
        None
    }

    fn miss(&mut self, deadline: i64, at: i64) -> Option<News> {
        let is_due = self.deadline() == Some(deadline);
        (is_due && self.die(at)).then_some(News::Died { last: self.last })
    }

    fn rearm(&mut self, deadline: i64, at: i64) -> Option<News> {
        if self.deadline() != Some(deadline) {
            return None;
        }
        self.expected = Some(at.saturating_add(self.next));
        Some(News::Rearmed)
    }

    /// Whether it was not dead before.
    fn die(&mut self, at: i64) -> bool {
        if self.standing == Standing::Dead {
            return false;
        }
        self.stand(Standing::Dead, at);
        self.deaths += 1;
        outages::begin(&mut self.outages, at);
        true
    }

    fn stand(&mut self, standing: Standing, at: i64) {
        if self.standing != standing {
            (self.standing, self.since) = (standing, at);
        }
    }
}
