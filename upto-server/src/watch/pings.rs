//! Pings: addresses that are asked again and again whether they answer as they should.
//!
//! Each has a task of its own, so a slow one delays no other. Where servers share a store, a lease decides which of them
//! asks. How a ping stands is a document; what each try came to is a log, a stream for each day.

mod ask;
mod outcome;
mod settings;
mod standing;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::ask::Asker;
pub(crate) use self::outcome::Outcome;
pub use self::settings::PingSettings;
pub(crate) use self::standing::PingStanding;
use super::Watch;
use super::alerts::SendProblem;
use super::notice::Notice;
use super::shard::Haste;
use crate::catalog::document::{self, escaped};
use crate::store::{Append, Cursor, Result, StoreErrorKind};

/// Documents of pings begin with this. Then follows the service, escaped.
const PREFIX: &str = "ping/";
/// Streams of what tries came to begin with this. Then follow the service, escaped, and the day's number.
const RESULTS: &str = "pings/";
/// Days of results that are kept beside the present one.
const KEPT_DAYS: i64 = 30;
/// Days before those, whose results are removed if they are still there.
const REMOVED_DAYS: i64 = 10;
/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;
/// Blocks that are read at a time.
const BLOCKS: usize = 1_000;

/// All pings of the configuration, ready to be asked.
pub(crate) struct Pings {
    askers: Vec<Arc<Asker>>,
}

impl Pings {
    /// Ready by these settings.
    ///
    /// # Errors
    /// The first one that can't be made ready, and why.
    pub(crate) fn new(settings: &[PingSettings]) -> Result<Self, SendProblem> {
        let askers = settings.iter().map(|settings| Asker::new(settings.clone()).map(Arc::new));
        Ok(Pings { askers: askers.collect::<Result<_, _>>()? })
    }

    /// Asks all of them until `stop` is told.
    pub(crate) async fn run(self, watch: Arc<Watch>, mut stop: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        for asker in self.askers {
            tasks.spawn(repeat(watch.clone(), asker));
        }
        let _ = stop.wait_for(|stop| *stop).await;
        tasks.shutdown().await;
    }
}

async fn repeat(watch: Arc<Watch>, asker: Arc<Asker>) {
    let frequency = asker.settings().frequency;
    // Not all at once, neither at the start nor later.
    sleep(frequency.mul_f64(share())).await;
    let owner = format!("{:016x}", share().to_bits());
    loop {
        // Where the store does not answer, the next try is noted.
        let _ = watch.try_ping(&asker, &owner).await;
        sleep(frequency.mul_f64(0.95 + 0.1 * share())).await;
    }
}

/// A random number, 0 to 1; the middle where the system has none.
fn share() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

impl Watch {
    /// Asks once, unless another server does, and notes what it came to.
    async fn try_ping(&self, asker: &Asker, owner: &str) -> Result<()> {
        let PingSettings { service, frequency, timeout, .. } = asker.settings();
        if self.store().is_shared() {
            let hold = frequency.mul_f64(1.5) + *timeout;
            let lease = format!("{PREFIX}{}", escaped(service));
            if self.store().acquire(&lease, owner, hold).await?.is_none() {
                return Ok(());
            }
        }
        let outcome = asker.ask(self.now()).await;
        self.alerts().counters().count_ping(service, outcome.is_fine());
        self.note_ping(asker.settings(), outcome).await
    }

    /// Notes what a try came to, and tells who has to know.
    pub(super) async fn note_ping(&self, settings: &PingSettings, outcome: Outcome) -> Result<()> {
        let key = key(&settings.service);
        loop {
            let stored = self.store().get(&key).await?;
            let mut standing = match &stored {
                Some(stored) => document::decode(&key, &stored.value)?,
                None => PingStanding::default(),
            };
            let notice = standing.take(settings, &outcome);
            // Before it is noted that it was: who is killed in between tells it once more, with the same id.
            self.tell(notice).await;
            let version = stored.map(|stored| stored.version);
            match self.store().put(&key, version, document::encode(&standing, &key)?).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                done => {
                    done?;
                    break;
                }
            }
        }
        self.append_outcome(&settings.service, &outcome).await
    }

    async fn tell(&self, notice: Option<Notice>) {
        if let Some(notice) = notice {
            self.stored(self.notify(notice, Haste::Now)).await;
        }
    }

    async fn append_outcome(&self, service: &str, outcome: &Outcome) -> Result<()> {
        let day = outcome.time.div_euclid(DAY);
        let stream = stream(service, day);
        let block = document::encode(outcome, &stream)?;
        self.store().append(vec![Append { stream, block }]).await
    }

    /// Removes results that are too old.
    pub(super) async fn sweep_pings(&self) -> Result<()> {
        let today = self.now().div_euclid(DAY);
        for settings in &self.settings().pings {
            for day in today - KEPT_DAYS - REMOVED_DAYS..today - KEPT_DAYS {
                self.store().drop_stream(&stream(&settings.service, day)).await?;
            }
        }
        Ok(())
    }

    /// How a ping stands; `None`: it was not asked yet.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn ping_standing(&self, service: &str) -> Result<Option<PingStanding>> {
        let key = key(service);
        let stored = self.store().get(&key).await?;
        stored.map(|stored| document::decode(&key, &stored.value)).transpose()
    }

    /// What the tries of the last day came to, the latest last.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn ping_outcomes(&self, service: &str) -> Result<Vec<Outcome>> {
        let now = self.now();
        let mut outcomes = Vec::new();
        for day in [now.div_euclid(DAY) - 1, now.div_euclid(DAY)] {
            let (stream, mut after) = (stream(service, day), Cursor::START);
            loop {
                let blocks = self.store().read(&stream, after, BLOCKS).await?;
                let Some(last) = blocks.last() else { break };
                after = last.cursor;
                for block in blocks {
                    outcomes.push(document::decode::<Outcome>(&stream, &block.bytes)?);
                }
            }
        }
        outcomes.retain(|outcome| outcome.time > now.saturating_sub(DAY));
        Ok(outcomes)
    }
}

fn key(service: &str) -> String {
    format!("{PREFIX}{}", escaped(service))
}

fn stream(service: &str, day: i64) -> String {
    format!("{RESULTS}{}/{day}", escaped(service))
}

/// Whether a document is the standing of a ping that can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<PingStanding>(key, value).map(drop))
}

#[cfg(test)]
mod tests;
