//! Sending what waits in the outbox.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use tokio::sync::watch;

use super::super::heartbeat::AlertTarget;
use super::channel::SendProblem;
use super::delivery::{self, Delivery, OUTBOX, Standing};
use super::{Alerts, Message, remind};
use crate::catalog::document::{self, Listing, escaped};
use crate::rounds::Rounds;
use crate::store::{Claim, Result, StoreErrorKind};

/// How often it is looked for what may be tried again.
const PERIOD: Duration = Duration::from_millis(500);
/// Tasks that are claimed at a time.
const CLAIMS: usize = 256;
/// Nobody waits longer than this between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// How often it is looked for what is still wrong, and for what was done long ago, in rounds.
const ROUNDS_PER_LOOK: u32 = 20;
/// How long what was done is kept, in nanoseconds: 7 days.
const KEPT: i64 = 7 * 86_400 * 1_000_000_000;
/// Documents of messages with several alerts that were sent begin with this. Then follows the message's key, escaped.
const SENT: &str = "alerts-sent/";
/// Nanoseconds of a minute.
const MINUTE: i64 = 60_000_000_000;

/// What was sent to a target in the present minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quota {
    minute: i64,
    sent: u32,
}

/// A task that was claimed, and what it is about.
struct Task {
    claim: Claim,
    delivery: Delivery,
    version: u64,
}

impl Alerts {
    /// Sends what is raised until `stop` is told. What is not sent by then waits in the store.
    pub(crate) async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let (mut rounds, mut count) = (Rounds::every(PERIOD, stop), 0_u32);
        let gather = self.settings.policy.gather;
        loop {
            let goes_on = tokio::select! {
                goes_on = rounds.begin() => goes_on,
                () = self.raised.notified() => rounds.work(tokio::time::sleep(gather)).await.is_some(),
            };
            if !goes_on {
                return;
            }
            count = count.wrapping_add(1);
            let is_look = count % ROUNDS_PER_LOOK == 1;
            rounds.work(self.round(is_look)).await;
        }
    }

    /// Where the store does not answer, the next round does what this one did not.
    pub(super) async fn round(&self, is_look: bool) {
        let _ = self.send_all().await;
        if is_look {
            let _ = self.remind().await;
            let _ = self.forget().await;
        }
    }

    async fn forget(&self) -> Result<()> {
        let before = self.clock.now().saturating_sub(KEPT);
        let mut after: Option<String> = None;
        loop {
            after = delivery::remove_done(self.store.as_ref(), before, after.as_deref(), CLAIMS).await?;
            if after.is_none() {
                return self.forget_sent(before).await;
            }
        }
    }

    /// Forgets that messages were sent, whose alerts are forgotten too.
    async fn forget_sent(&self, before: i64) -> Result<()> {
        let mut listing = Listing::of(self.store.as_ref(), SENT);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for (key, stored) in page {
                if document::decode::<i64>(&key, &stored.value)? < before {
                    self.store.delete(&key, stored.version).await?;
                }
            }
        }
    }

    /// How long a claim holds: nobody else tries meanwhile, and it is not tried again before it is over.
    fn hold(&self) -> Duration {
        let policy = &self.settings.policy;
        policy.retry_from.max(policy.timeout + Duration::from_secs(1))
    }

    async fn send_all(&self) -> Result<()> {
        self.store.reclaim(OUTBOX).await?;
        loop {
            let claims = self.store.claim(OUTBOX, CLAIMS, self.hold()).await?;
            let is_last = claims.len() < CLAIMS;
            let mut targets = BTreeMap::<String, Vec<Task>>::new();
            for claim in claims {
                let task = match self.look_at(claim).await {
                    // One that can't be read keeps no other from being sent.
                    Err(error) if error.kind() == StoreErrorKind::Damaged => None,
                    task => task?,
                };
                if let Some(task) = task {
                    let target = &task.delivery.target;
                    targets.entry(format!("{}:{}", target.kind, target.address)).or_default().push(task);
                }
            }
            // A target that is slow delays no other.
            join_all(targets.into_iter().map(|(name, tasks)| self.send_to(name, tasks))).await;
            if is_last {
                return Ok(());
            }
        }
    }

    /// What a task is about, if it can be sent now. One that can't be is left: it is claimed again later.
    async fn look_at(&self, claim: Claim) -> Result<Option<Task>> {
        let id = String::from_utf8_lossy(&claim.payload).into_owned();
        let Some((delivery, version)) = delivery::get(self.store.as_ref(), &id).await? else {
            self.store.acknowledge(OUTBOX, &claim).await?;
            return Ok(None);
        };
        if delivery.is_done() {
            self.store.acknowledge(OUTBOX, &claim).await?;
            return Ok(None);
        }
        if remind::is_over(self.store.as_ref(), &delivery).await? {
            let delivery = delivery.end(Standing::Quiet, self.clock.now(), None);
            self.finish(&Task { claim, delivery, version }).await?;
            return Ok(None);
        }
        if let Some(message) = &delivery.message
            && self.was_sent(message).await?
        {
            let delivery = delivery.end(Standing::Sent, self.clock.now(), None);
            self.finish(&Task { claim, delivery, version }).await?;
            return Ok(None);
        }
        let is_due = delivery.is_due(self.clock.now());
        Ok(is_due.then_some(Task { claim, delivery, version }))
    }

    async fn send_to(&self, name: String, mut tasks: Vec<Task>) {
        tasks.sort_by_key(|task| task.delivery.notice.time);
        let from = self.settings.policy.group_from;
        let is_group = from > 0 && tasks.len() >= from;
        let groups = if is_group { vec![tasks] } else { tasks.into_iter().map(|task| vec![task]).collect() };
        for group in groups {
            let group = self.without_early(group).await;
            if !group.is_empty() && !self.admits(&name) {
                return;
            }
            // What the store does not take is found again later.
            let _ = self.send_group(group).await;
        }
    }

    /// Without those which tell that something is over of which the target is still to be told: they are claimed again
    /// later. Else whoever was told of a problem last would take it for one that there still is.
    async fn without_early(&self, group: Vec<Task>) -> Vec<Task> {
        let together: HashSet<String> = group.iter().map(|task| task.delivery.id.clone()).collect();
        let mut left = Vec::new();
        for task in group {
            if !self.is_early(&task.delivery, &together).await {
                left.push(task);
            }
        }
        left
    }

    async fn is_early(&self, delivery: &Delivery, together: &HashSet<String>) -> bool {
        let problem = delivery.problem_id().filter(|problem| !together.contains(problem));
        let Some(problem) = problem else { return false };
        match delivery::get(self.store.as_ref(), &problem).await {
            Ok(problem) => problem.is_some_and(|(problem, _)| !problem.is_done()),
            Err(error) => error.kind() != StoreErrorKind::Damaged,
        }
    }

    /// Whether one more message may go to a target in this minute.
    fn admits(&self, name: &str) -> bool {
        let minute = self.clock.monotonic().div_euclid(MINUTE);
        let mut quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        quotas.retain(|_, quota| quota.minute == minute);
        let quota = quotas.entry(name.to_owned()).or_default();
        quota.minute = minute;
        let is_fine = quota.sent < self.settings.policy.rate;
        quota.sent += u32::from(is_fine);
        is_fine
    }

    async fn send_group(&self, group: Vec<Task>) -> Result<()> {
        let Some(target) = group.first().map(|task| task.delivery.target.clone()) else { return Ok(()) };
        let notices = group.iter().map(|task| task.delivery.notice.clone());
        let Some(message) = Message::of(notices.collect()) else { return Ok(()) };
        let begun: Vec<_> = group.into_iter().map(|task| self.begin(task, &message)).collect();
        // Those that somebody else is sending are not there any more: then the rest goes out by itself, later.
        let begun: Vec<_> = try_join_all(begun).await?;
        if begun.iter().any(Option::is_none) {
            return self.give_back(begun.into_iter().flatten().collect()).await;
        }
        let begun: Vec<_> = begun.into_iter().flatten().collect();
        match self.send(&target, &message).await {
            Ok(()) => self.end(begun, &message).await,
            Err(problem) => self.fail(begun, &problem).await,
        }
    }

    /// Notes that a delivery is being sent; none if it can't be.
    async fn begin(&self, task: Task, message: &Message) -> Result<Option<Task>> {
        let now = self.clock.now();
        let hold = i64::try_from(self.hold().as_nanos()).unwrap_or(i64::MAX);
        let is_group = message.notices.len() > 1;
        let delivery = Delivery {
            attempts: task.delivery.attempts + 1,
            sending_until: now.saturating_add(hold),
            message: is_group.then(|| message.key.clone()),
            ..task.delivery
        };
        let version = delivery::put(self.store.as_ref(), &delivery, Some(task.version)).await?;
        Ok(version.map(|version| Task { claim: task.claim, delivery, version }))
    }

    async fn give_back(&self, tasks: Vec<Task>) -> Result<()> {
        let now = self.clock.now();
        for task in tasks {
            let delivery = Delivery { sending_until: 0, next_attempt: now, message: None, ..task.delivery };
            delivery::put(self.store.as_ref(), &delivery, Some(task.version)).await?;
        }
        Ok(())
    }

    /// Sends a message to a target.
    ///
    /// # Errors
    /// Why it was not sent.
    pub(crate) async fn send(&self, target: &AlertTarget, message: &Message) -> Result<(), SendProblem> {
        self.channels.send(&self.settings, target, message).await
    }

    /// It was sent. For a message of several alerts that is noted in one place first, so that a server which is killed
    /// right behind it does not have all of them sent again.
    async fn end(&self, tasks: Vec<Task>, message: &Message) -> Result<()> {
        if tasks.len() > 1 {
            self.note_sent(&message.key).await?;
        }
        let now = self.clock.now();
        let done = tasks.into_iter().map(|task| async move {
            let delivery = task.delivery.end(Standing::Sent, now, None);
            self.finish(&Task { delivery, ..task }).await
        });
        try_join_all(done).await.map(drop)
    }

    async fn fail(&self, tasks: Vec<Task>, problem: &SendProblem) -> Result<()> {
        let now = self.clock.now();
        self.counters.alert_failures.inc();
        for task in tasks {
            let Task { claim, delivery, version } = task;
            let is_over = problem.is_final || now.saturating_sub(delivery.created) >= self.give_up_after();
            if is_over {
                self.tell_of_failure(&delivery, problem);
                let delivery = delivery.end(Standing::GivenUp, now, Some(problem.to_string()));
                self.finish(&Task { claim, delivery, version }).await?;
                continue;
            }
            let next_attempt = now.saturating_add(self.wait_after(&delivery));
            let problem = Some(problem.to_string());
            let delivery = Delivery { sending_until: 0, message: None, next_attempt, problem, ..delivery };
            delivery::put(self.store.as_ref(), &delivery, Some(version)).await?;
        }
        Ok(())
    }

    fn give_up_after(&self) -> i64 {
        i64::try_from(self.settings.policy.give_up_after.as_nanos()).unwrap_or(i64::MAX)
    }

    /// How long it is waited after a failure: twice as long each time, and up to a half more, so that what failed together
    /// does not come together again.
    fn wait_after(&self, delivery: &Delivery) -> i64 {
        let doubled = delivery.attempts.saturating_sub(1).min(16);
        let wait = self.settings.policy.retry_from.saturating_mul(1 << doubled).min(LONGEST_WAIT);
        let mut byte = [0];
        // Without random numbers, they come together.
        let _ = getrandom::fill(&mut byte);
        let wait = wait + wait.mul_f64(f64::from(byte[0]) / 512.0);
        i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX)
    }

    fn tell_of_failure(&self, delivery: &Delivery, problem: &SendProblem) {
        let target = &delivery.target;
        let text = format!(
            "The alert {:?} did not reach {} {}: {problem}",
            delivery.notice.title, target.kind, target.address
        );
        // What can't be said there is said by the delivery itself.
        let _ = self.journal.add("upto-server", 3, &text, false);
    }

    /// Stores a delivery that is done, and ends its task.
    async fn finish(&self, task: &Task) -> Result<()> {
        self.counters.count_alert(task.delivery.standing.as_str());
        delivery::put(self.store.as_ref(), &task.delivery, Some(task.version)).await?;
        self.store.acknowledge(OUTBOX, &task.claim).await.map(drop)
    }

    async fn note_sent(&self, key: &str) -> Result<()> {
        let key = format!("{SENT}{}", escaped(key));
        match self.store.put(&key, None, document::encode(&self.clock.now(), &key)?).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
            done => done.map(drop),
        }
    }

    async fn was_sent(&self, key: &str) -> Result<bool> {
        Ok(self.store.get(&format!("{SENT}{}", escaped(key))).await?.is_some())
    }
}

/// Whether a document is a note that a message was sent, and can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(SENT).then(|| document::decode::<i64>(key, value).map(drop))
}
