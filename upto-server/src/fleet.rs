//! The fleet: every host is asked how it is, through a queue that loses nothing.
//!
//! `check`, `answer`, `spread` and `schedule` are pure: what can be asked, what an answer is worth, what answers come to,
//! when something is due. `scheduler` queues a `task` for each check at its period, one server for all, by a lease. A
//! `worker`, in a server or an agent, registers its host among the `members`, claims tasks, has `ask` ask all hosts at once,
//! and stores each `outcome` in the log of `results` before it acknowledges. `measure` and `own` are what a host does when it
//! is asked. A `group` is several tasks in an order; what is none is kept as `dead`. Every server reads the log into a
//! `board`, which the API answers from.
//!
//! The queue is that of the store: on Redis, tasks that wait and tasks that are held are two sorted sets, changed by scripts
//! (`store/redis/script`). Streams with consumer groups would need an entry for each claim beside the pending list to know
//! its attempts after a restart of a worker under another name, and lists with LMOVE a list for each worker to reclaim from;
//! with the sets, one rule holds for all back ends: a claim ends by itself, and an attempt is its fencing token.

pub(crate) mod answer;
pub(crate) mod ask;
pub(crate) mod board;
pub(crate) mod check;
pub(crate) mod dead;
pub(crate) mod group;
mod history;
mod local;
pub(crate) mod measure;
pub(crate) mod members;
pub(crate) mod outcome;
mod own;
pub(crate) mod plan;
pub(crate) mod results;
pub(crate) mod schedule;
mod scheduler;
mod serving;
mod settings;
pub(crate) mod spread;
pub(crate) mod task;
pub(crate) mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use self::answer::Answer;
use self::board::Board;
pub use self::check::{How, Measure, OwnCheck};
pub(crate) use self::history::Before;
pub(crate) use self::local::Local;
use self::members::{Members, Moment};
use self::plan::Plan;
use self::results::Follower;
use self::schedule::Agenda;
use self::scheduler::Scheduler;
pub(crate) use self::serving::Here;
pub use self::settings::FleetSettings;
use self::worker::Worker;
use crate::catalog::document;
use crate::clock::Clock;
use crate::live::Position;
use crate::rounds::Rounds;
use crate::store::{Result, Store};

/// How often it is looked what others stored, and what is stored at all.
const LOOK: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(500));

/// What a server knows of its fleet.
pub(crate) struct Fleet {
    settings: Arc<FleetSettings>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    plan: Plan,
    board: Mutex<Board>,
    members: Arc<Members>,
    /// How many outcomes there were.
    arrived: watch::Sender<u64>,
    /// Of what is told live.
    beginning: Position,
    /// Something was stored by this process.
    stored: Arc<Notify>,
    /// This host, and its worker, if it has one.
    local: Option<(Local, Arc<Worker>)>,
}

impl Fleet {
    /// What there is by these settings.
    pub(crate) fn new(settings: Arc<FleetSettings>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let (plan, board) = (settings.plan(), Mutex::new(Board::keeping(settings.results)));
        let (arrived, stored) = (watch::Sender::new(0), Arc::new(Notify::new()));
        let (members, beginning) = (Arc::default(), Position::beginning());
        Fleet { settings, store, clock, plan, board, members, arrived, beginning, stored, local: None }
    }

    pub(crate) fn settings(&self) -> &FleetSettings {
        &self.settings
    }

    /// The checks that are asked for; none where the fleet is off.
    pub(crate) fn checks(&self) -> &[check::Check] {
        if self.settings.enabled { &self.plan.checks } else { &[] }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    pub(crate) fn members(&self) -> &Arc<Members> {
        &self.members
    }

    /// Nanoseconds since the epoch, and since the process began.
    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), monotonic: self.clock.monotonic() }
    }

    /// What is known at present.
    pub(crate) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a host stands by a check; `None` if it was never asked for it.
    pub(crate) fn standing(&self, board: &Board, check: &check::Check, host: &str) -> Option<Answer> {
        let moment = self.moment();
        let seen = self.members.get(host).map(|member| moment.now - member.silence(moment.monotonic));
        board.standing(&check.name, host, moment.now, check.period, seen)
    }

    /// Where what is told live begins, and how many outcomes there were.
    pub(crate) fn follow(&self) -> (Position, watch::Receiver<u64>) {
        (self.beginning, self.arrived.subscribe())
    }

    /// What was scheduled so far.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn agenda(&self) -> Result<Agenda> {
        match self.store.get(scheduler::AGENDA).await? {
            Some(stored) => document::decode(scheduler::AGENDA, &stored.value),
            None => Ok(Agenda::default()),
        }
    }

    /// How many tasks of a check no worker has claimed.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn waiting(&self, check: &check::Check) -> Result<u64> {
        self.store.waiting(&task::queue(&check.name)).await
    }

    /// Schedules, until `stop` is told.
    fn scheduler(&self) -> Scheduler {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Scheduler::new(store, clock, self.settings.clone(), self.stored.clone())
    }

    /// Reads what is stored until `stop` is told.
    async fn read(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let look = if self.store.is_shared() { LOOK.0 } else { LOOK.1 };
        let (mut rounds, mut follower) = (Rounds::every(look, stop), Follower::default());
        let mut listed = None;
        loop {
            let goes_on = tokio::select! {
                goes_on = rounds.begin() => goes_on,
                () = self.stored.notified() => true,
            };
            if !goes_on {
                return;
            }
            // Where the store does not answer, what is known stays.
            rounds.work(self.read_once(&mut follower, &mut listed)).await;
        }
    }

    async fn read_once(&self, follower: &mut Follower, listed: &mut Option<i64>) -> Result<()> {
        let moment = self.moment();
        let lease = worker::nanoseconds(self.settings.lease);
        if listed.is_none_or(|listed| moment.monotonic - listed >= lease / 3) {
            self.members.refresh(self.store.as_ref(), moment).await?;
            self.forget_strangers();
            *listed = Some(moment.monotonic);
        }
        let news = follower.news(self.store.as_ref(), moment.now).await?;
        if !news.is_empty() {
            let mut board = self.board();
            news.into_iter().for_each(|outcome| {
                board.add(outcome);
            });
            self.arrived.send_replace(board.arrived());
        }
        Ok(())
    }

    /// Hosts that somebody forgot are not shown any more.
    fn forget_strangers(&self) {
        let mut board = self.board();
        let strangers: Vec<String> =
            board.hosts().filter(|host| self.members.get(host).is_none()).map(str::to_owned).collect();
        strangers.iter().for_each(|host| board.forget(host));
    }
}

/// Whether a document of this module can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    match key {
        plan::KEY => Some(document::decode::<Plan>(key, value).map(drop)),
        scheduler::AGENDA => Some(document::decode::<Agenda>(key, value).map(drop)),
        _ => members::readable(key, value)
            .or_else(|| group::readable(key, value))
            .or_else(|| dead::readable(key, value)),
    }
}
