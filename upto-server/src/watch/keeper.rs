//! All heartbeats: taken, watched, stored, and agreed on with other servers.

mod follow;
mod store;
pub(super) use self::store::readable;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use thiserror::Error;
use tokio::sync::{Notify, watch};
use xxhash_rust::xxh3::xxh3_64;

use super::alerts::Alerts;
use super::heartbeat::{Heartbeat, Key, News, State};
use super::journal::Journal;
use super::notice::Notice;
use super::report::Report;
use super::settings::WatchSettings;
use super::shard::{Haste, Moment, Shard, Step};
use crate::clock::Clock;
use crate::rounds::Rounds;
use crate::store::{Result, Store};

/// Documents that heartbeats are in. A store has them for good, so this never changes.
pub(super) const SHARDS: usize = 64;
/// Heartbeats at most: the document of a shard stays far below what a store takes.
const HEARTBEATS: usize = 200_000;
/// Lines of the services of one shard that somebody has to be told of and that wait for the store, at most.
const POSTED: usize = 1_000;
/// How often it is looked what is due: nobody is declared dead much later than that.
const TICK: Duration = Duration::from_millis(100);
/// Where it was not looked for so long, the process stood still, as after SIGSTOP: nobody was heard meanwhile.
const STILL: Duration = Duration::from_secs(2);
/// How long what nobody waits for may gather before it is stored.
const SOON: i64 = 1_000_000_000;
/// How long pulses may gather that say what is known. Who is killed before they are stored arms them once more.
const WHENEVER: i64 = 5_000_000_000;
/// The same where other servers have to know by when a heartbeat was heard.
const WHENEVER_SHARED: i64 = 250_000_000;
/// So much later than it is due a heartbeat is declared dead where others may have heard it and not stored that yet.
const SLACK_SHARED: i64 = 500_000_000;

/// A store that takes longer to answer is as good as away: others may have waited for it as long to store what they heard.
const SLOW: i64 = 2_000_000_000;
/// So long after the store did not answer, nobody is declared dead where other servers may have heard who pulsed meanwhile:
/// they store that as soon as they can.
const AFTER_AWAY: i64 = 5_000_000_000;

/// There are too many heartbeats already.
#[derive(Clone, Copy, Debug, Error)]
#[error("there are {HEARTBEATS} heartbeats already; forget some")]
pub(crate) struct TooMany;

/// A change that may be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    shard: usize,
    change: u64,
}

/// All heartbeats.
pub(crate) struct Watch {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
    alerts: Arc<Alerts>,
    settings: Arc<WatchSettings>,
    shards: Vec<Mutex<Shard>>,
    /// For each shard, up to which change it is stored.
    saved: Vec<watch::Sender<u64>>,
    count: AtomicUsize,
    /// Until when it is not known what other servers heard, by the monotonic clock.
    unsure_until: AtomicI64,
    /// Somebody waits for the store.
    wake: Notify,
    /// There may be something to publish.
    publishing: Notify,
}

impl Watch {
    /// Reads what is stored; what came due while no server ran is armed once more.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        alerts: Arc<Alerts>,
        settings: Arc<WatchSettings>,
    ) -> Result<Arc<Self>> {
        let journal = alerts.journal().clone();
        let watch = Watch {
            store,
            clock,
            journal,
            alerts,
            settings,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            saved: (0..SHARDS).map(|_| watch::Sender::new(0)).collect(),
            count: AtomicUsize::new(0),
            unsure_until: AtomicI64::new(i64::MIN),
            wake: Notify::new(),
            publishing: Notify::new(),
        };
        watch.begin().await?;
        Ok(Arc::new(watch))
    }

    pub(crate) fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    pub(crate) fn alerts(&self) -> &Arc<Alerts> {
        &self.alerts
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    pub(crate) fn settings(&self) -> &WatchSettings {
        &self.settings
    }

    /// How many heartbeats there are in each state.
    pub(crate) fn states(&self) -> BTreeMap<&'static str, usize> {
        // States that none is in are told, too.
        let mut counts: BTreeMap<_, _> = State::ALL.into_iter().map(|state| (state.as_str(), 0)).collect();
        let now = self.now();
        for shard in &self.shards {
            let shard = lock(shard);
            let states = shard.after(None).map(|heartbeat| heartbeat.state(now).as_str());
            states.for_each(|state| *counts.entry(state).or_default() += 1);
        }
        counts
    }

    /// The present time by the wall clock, in nanoseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    fn moment(&self) -> Moment {
        Moment { wall: self.clock.now(), monotonic: self.clock.monotonic() }
    }

    /// Whether some of these would be a heartbeat too many.
    pub(crate) fn is_full_for(&self, reports: &[Report]) -> bool {
        let is_new = |report: &Report| matches!(report, Report::Change(key, _) if !self.is_known(key));
        self.len() + reports.len() > HEARTBEATS && reports.iter().any(is_new)
    }

    /// Whether so many more lines may wait for the store.
    pub(crate) fn has_room_for(&self, reports: &[Report]) -> bool {
        let lines = reports.iter().map(Report::line_bytes).sum();
        let has_room_to_tell = |report: &Report| match report {
            Report::Line { service, alert: true, .. } => self.has_room_to_alert(service),
            _ => true,
        };
        reports.iter().all(has_room_to_tell) && self.journal.has_room_for(lines)
    }

    /// Whether one more line of this service may be told to somebody: so many of them wait for the store at most.
    pub(crate) fn has_room_to_alert(&self, service: &str) -> bool {
        self.shard(shard_of(&Key::new(service, ""))).posted() < POSTED
    }

    /// Whether a heartbeat is known, or there is room for one more.
    pub(crate) fn expect_room_for(&self, key: &Key) -> Result<(), TooMany> {
        if self.len() < HEARTBEATS || self.is_known(key) { Ok(()) } else { Err(TooMany) }
    }

    fn is_known(&self, key: &Key) -> bool {
        self.shard(shard_of(key)).get(key).is_some()
    }

    /// Applies a step. For a heartbeat that may be new, there has to be room.
    pub(crate) fn take(&self, key: &Key, step: Step, haste: Haste) -> (Ticket, Option<News>) {
        let (number, now) = (shard_of(key), self.moment());
        let mut shard = self.shard(number);
        let is_new = shard.get(key).is_none();
        let before = shard.len();
        let news = shard.take(key, step, now, ping);
        self.recount(before, shard.len());
        let haste = if is_new || news.is_some() { haste.min(Haste::Soon) } else { haste };
        shard.store_by(now.monotonic.saturating_add(self.delay(haste)));
        let ticket = Ticket { shard: number, change: shard.changes() };
        drop(shard);
        if haste == Haste::Now {
            self.wake.notify_one();
        }
        (ticket, news)
    }

    /// Has a notice published that is about no heartbeat.
    pub(crate) fn notify(&self, notice: Notice, haste: Haste) -> Ticket {
        let number = shard_of(&Key::new(&notice.subject, ""));
        let by = self.clock.monotonic().saturating_add(self.delay(haste));
        let mut shard = self.shard(number);
        shard.notify(notice);
        shard.store_by(by);
        let change = shard.changes();
        drop(shard);
        self.wake.notify_one();
        Ticket { shard: number, change }
    }

    /// Enters a line into the journal that somebody has to be told of.
    pub(crate) fn alert(&self, service: String, level: i32, message: String, haste: Haste) -> Ticket {
        let (mut bytes, now) = ([0; 8], self.clock.now());
        // Without random numbers, two of the same moment are taken for one.
        let _ = getrandom::fill(&mut bytes);
        self.notify(Notice::of_line(service, level, message, now, u64::from_ne_bytes(bytes)), haste)
    }

    fn delay(&self, haste: Haste) -> i64 {
        match haste {
            Haste::Now => 0,
            Haste::Soon | Haste::Whenever if self.store.is_shared() => WHENEVER_SHARED,
            Haste::Soon => SOON,
            Haste::Whenever => WHENEVER,
        }
    }

    fn recount(&self, before: usize, after: usize) {
        if after >= before {
            self.count.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.count.fetch_sub(before - after, Ordering::Relaxed);
        }
    }

    /// Waits until a change is durable.
    pub(crate) async fn stored(&self, ticket: Ticket) {
        let Some(saved) = self.saved.get(ticket.shard) else { return };
        // The sender lives as long as `self`, so waiting can't fail.
        let _ = saved.subscribe().wait_for(|saved| *saved >= ticket.change).await;
    }

    /// Has what waits be stored at once.
    pub(crate) fn hurry(&self, ticket: Ticket) {
        self.shard(ticket.shard).store_by(self.clock.monotonic());
        self.wake.notify_one();
    }

    /// How many heartbeats there are.
    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Heartbeat> {
        self.shard(shard_of(key)).get(key).cloned()
    }

    /// The heartbeat that this stands for in addresses.
    pub(crate) fn pinged(&self, ping: &str) -> Option<Key> {
        self.shards.iter().find_map(|shard| lock(shard).pinged(ping))
    }

    /// Up to `limit` heartbeats behind `after` that are wanted, in the order of their names.
    pub(crate) fn after(
        &self,
        after: Option<&Key>,
        limit: usize,
        is_wanted: impl Fn(&Heartbeat) -> bool,
    ) -> Vec<Heartbeat> {
        let mut found = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let wanted = shard.after(after).filter(|heartbeat| is_wanted(heartbeat));
            found.extend(wanted.take(limit).cloned());
        }
        found.sort_by_cached_key(Heartbeat::key);
        found.truncate(limit);
        found
    }

    fn shard(&self, number: usize) -> MutexGuard<'_, Shard> {
        // The number is one of a shard, whichever heartbeat it is of.
        lock(&self.shards[number % SHARDS])
    }

    /// Watches and stores until `stop` is told; then stores what is left.
    pub(crate) async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let (mut rounds, mut looked) = (Rounds::every(TICK, stop), Instant::now());
        loop {
            let goes_on = tokio::select! {
                goes_on = rounds.begin() => goes_on,
                () = self.wake.notified() => true,
            };
            if !goes_on {
                break;
            }
            if looked.elapsed() > STILL {
                self.rearm_all();
            }
            rounds.work(self.round()).await;
            looked = Instant::now();
        }
        let unstored = (0..SHARDS).filter(|number| !self.shard(*number).is_stored());
        join_all(unstored.map(|number| self.store_shard(number))).await;
    }

    /// Looks what is due and what has to be stored.
    pub(super) async fn round(&self) {
        let due: Vec<_> = (0..SHARDS).filter(|number| self.has_due(*number)).collect();
        if self.store.is_shared() && !due.is_empty() {
            let reloaded = self.asking(join_all(due.iter().map(|number| self.reload(*number)))).await;
            if reloaded.iter().any(Result::is_err) {
                self.note_away();
            }
        }
        for number in due {
            self.miss(number);
        }
        let now = self.clock.monotonic();
        let stored = (0..SHARDS).filter(|number| self.shard(*number).is_to_be_stored(now));
        join_all(stored.map(|number| self.store_shard(number))).await;
    }

    /// Declares dead who is due in a shard; or waits for them once more, where other servers may have heard them while the
    /// store was away.
    fn miss(&self, number: usize) {
        let now = self.moment();
        let by = now.monotonic.saturating_sub(self.slack());
        let is_unsure = now.monotonic < self.unsure_until.load(Ordering::Relaxed);
        let mut shard = self.shard(number);
        if is_unsure {
            shard.wait_again(by, now);
        } else if shard.miss(by, now) > 0 {
            shard.store_by(now.monotonic);
        }
    }

    /// Asks the store, and notes if it takes too long.
    async fn asking<T>(&self, asked: impl Future<Output = T>) -> T {
        let began = self.clock.monotonic();
        let answer = asked.await;
        if self.clock.monotonic().saturating_sub(began) > SLOW {
            self.note_away();
        }
        answer
    }

    /// The store did not answer, or not in time.
    fn note_away(&self) {
        let until = self.clock.monotonic().saturating_add(AFTER_AWAY);
        self.unsure_until.fetch_max(until, Ordering::Relaxed);
    }

    fn has_due(&self, number: usize) -> bool {
        let by = self.clock.monotonic().saturating_sub(self.slack());
        self.shard(number).has_due(by)
    }

    /// What has to be published of a shard.
    pub(super) fn unpublished(&self, number: usize) -> Vec<Notice> {
        self.shard(number).unpublished(self.clock.now(), !self.store.is_shared())
    }

    /// What somebody is told of before this notice of the shard.
    pub(super) fn earlier(&self, number: usize, notice: &Notice) -> Vec<Notice> {
        self.shard(number).earlier(notice)
    }

    /// Waits until there may be something to publish.
    pub(super) async fn something_to_publish(&self) {
        self.publishing.notified().await;
    }

    fn slack(&self) -> i64 {
        if self.store.is_shared() { SLACK_SHARED } else { 0 }
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// By the service alone, so that all of its runs are together.
fn shard_of(key: &Key) -> usize {
    usize::try_from(xxh3_64(key.service.as_bytes()) % SHARDS as u64).unwrap_or_default()
}

/// What stands for a heartbeat in addresses: 122 random bits, as a UUID. Empty, and so none, where the system has no
/// random numbers.
fn ping() -> Arc<str> {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        return "".into();
    }
    let number = u128::from_be_bytes(bytes);
    let number = number & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)).into()
}
