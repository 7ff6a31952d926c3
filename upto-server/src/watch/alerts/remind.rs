//! Reminding of what is still wrong.

use serde::{Deserialize, Serialize};

use super::super::heartbeat::AlertTarget;
use super::super::notice::{Notice, Turn};
use super::Alerts;
use super::delivery::{self, Delivery, id_of};
use crate::catalog::document::{self, Listing, escaped};
use crate::store::{Result, Store, StoreErrorKind};

/// Documents of what is wrong begin with this. Then follows the delivery's id, escaped.
const PREFIX: &str = "incident/";

/// Something that is wrong, and that somebody is reminded of.
#[derive(Debug, Serialize, Deserialize)]
struct Incident {
    notice: Notice,
    target: AlertTarget,
    /// How often somebody was reminded.
    reminders: u64,
    /// When they were told last, in nanoseconds since the epoch.
    told: i64,
}

/// Notes that something is wrong, of which somebody is `told` then, or no longer so, where somebody is to be reminded.
pub(super) async fn note(alerts: &Alerts, notice: &Notice, target: &AlertTarget, told: i64) -> Result<()> {
    if alerts.settings.policy.remind_every.is_none() {
        return Ok(());
    }
    let key = key(notice, target);
    let store = alerts.store.as_ref();
    let done = match notice.turn {
        Turn::Problem => {
            let (notice, target) = (notice.clone(), target.clone());
            let incident = Incident { notice, target, reminders: 0, told };
            store.put(&key, None, document::encode(&incident, &key)?).await.map(drop)
        }
        Turn::Resolved | Turn::Closed => match store.get(&key).await? {
            Some(stored) => store.delete(&key, stored.version).await,
            None => Ok(()),
        },
        // It is over already, or has just been reminded of.
        Turn::Once | Turn::Reminder => Ok(()),
    };
    match done {
        // Somebody else did it.
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
        done => done,
    }
}

impl Alerts {
    /// Reminds of what has been wrong for too long since somebody was told.
    ///
    /// # Errors
    /// What the store says.
    pub(super) async fn remind(&self) -> Result<()> {
        let Some(every) = self.settings.policy.remind_every else { return Ok(()) };
        let every = i64::try_from(every.as_nanos()).unwrap_or(i64::MAX);
        let mut listing = Listing::of(self.store.as_ref(), PREFIX);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for (key, stored) in page {
                // One that can't be read keeps nobody from being reminded of others.
                let Ok(incident) = document::decode::<Incident>(&key, &stored.value) else { continue };
                if self.clock.now().saturating_sub(incident.told) >= every {
                    self.remind_of(&key, incident, stored.version).await?;
                }
            }
        }
    }

    /// Whether what was told last still waits, because the target can't be reached: more of the same would wait beside it, and
    /// arrive in any order.
    async fn waits_for_last(&self, incident: &Incident) -> Result<bool> {
        let last = match incident.reminders {
            0 => incident.notice.id.clone(),
            number => reminder(&incident.notice, number),
        };
        let last = delivery::get(self.store.as_ref(), &id_of(&last, &incident.target)).await?;
        Ok(last.is_some_and(|(last, _)| !last.is_done()))
    }

    /// Forgets what is wrong with what nobody watches any more.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn forget_incidents(&self, is_gone: impl Fn(&Notice) -> bool) -> Result<()> {
        let mut listing = Listing::of(self.store.as_ref(), PREFIX);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for (key, stored) in page {
                let incident = document::decode::<Incident>(&key, &stored.value);
                if incident.is_ok_and(|incident| is_gone(&incident.notice)) {
                    match self.store.delete(&key, stored.version).await {
                        Err(error) if error.kind() != StoreErrorKind::Conflict => return Err(error),
                        _ => {}
                    }
                }
            }
        }
    }

    async fn remind_of(&self, key: &str, incident: Incident, version: u64) -> Result<()> {
        if self.waits_for_last(&incident).await? {
            return Ok(());
        }
        let now = self.clock.now();
        let reminders = incident.reminders + 1;
        let notice = Notice {
            id: reminder(&incident.notice, reminders),
            turn: Turn::Reminder,
            title: format!("Still: {}", incident.notice.title),
            time: now,
            target: None,
            ..incident.notice.clone()
        };
        // First raised, which may be done again, then noted.
        self.raise_for_target(&notice, incident.target.clone()).await?;
        let incident = Incident { reminders, told: now, ..incident };
        match self.store.put(key, Some(version), document::encode(&incident, key)?).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
            done => done.map(drop),
        }
    }
}

/// The id of the notice that reminds for the so many-th time.
fn reminder(notice: &Notice, number: u64) -> String {
    format!("{}/reminder/{number}", notice.incident)
}

/// Whether a delivery reminds of what is over: whoever could not be told in time is not told after that it is.
pub(super) async fn is_over(store: &dyn Store, delivery: &Delivery) -> Result<bool> {
    if delivery.notice.turn != Turn::Reminder {
        return Ok(false);
    }
    Ok(store.get(&key(&delivery.notice, &delivery.target)).await?.is_none())
}

fn key(notice: &Notice, target: &AlertTarget) -> String {
    format!("{PREFIX}{}", escaped(&id_of(&notice.incident, target)))
}

/// Whether a document is of something that is wrong, and can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<Incident>(key, value).map(drop))
}
