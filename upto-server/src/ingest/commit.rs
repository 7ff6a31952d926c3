//! Group commit: what arrived in a few milliseconds, of all timelines, becomes durable together.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::storing::{self, LeftOut};
use super::unstorable::Unstorable;
use super::{Refusal, Unstored};
use crate::catalog::{Catalog, Pending, Timeline};
use crate::metrics::Metrics;
use crate::store::{Append, StoreError};

/// How long marks gather when nobody waits for them.
const GATHER: Duration = Duration::from_millis(20);
/// How long after a refusal the store is asked again.
const RETRY: Duration = Duration::from_millis(500);
/// Beyond the limit, there is so much room for how sessions stand: just when nothing else is taken, they tell how much was
/// not. It holds that of some thousand sessions.
const COUNTS_BYTES: usize = 1 << 20;

/// What is to be committed, and how far that has come.
pub(super) struct Commits {
    /// The number of the commit that takes what is queued now.
    next: AtomicU64,
    dirty: Mutex<Vec<Arc<Timeline>>>,
    /// Bytes that may wait for the store; beyond that, nothing is taken.
    limit: usize,
    /// Bytes that wait for the next commit.
    gathered: AtomicUsize,
    /// Bytes of the commit that the store has not confirmed yet.
    committing: AtomicUsize,
    /// Held for reading by whoever adds what may not be committed in parts.
    together: RwLock<()>,
    something: Notify,
    urgent: Notify,
    progress: watch::Sender<Progress>,
    /// Where nothing can be stored.
    pub(super) unstorable: Unstorable,
}

#[derive(Clone, Default)]
struct Progress {
    /// Everything up to this commit is durable.
    done: u64,
    /// Why the store refuses, if it does.
    problem: Option<Arc<StoreError>>,
}

impl Commits {
    /// Nothing to commit so far; at most about `limit` bytes may wait.
    pub(super) fn new(limit: usize) -> Self {
        Commits {
            next: AtomicU64::new(1),
            dirty: Mutex::default(),
            limit,
            gathered: AtomicUsize::new(0),
            committing: AtomicUsize::new(0),
            together: RwLock::default(),
            something: Notify::new(),
            urgent: Notify::new(),
            progress: watch::Sender::new(Progress::default()),
            unstorable: Unstorable::default(),
        }
    }

    /// Bytes that wait for the store.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.gathered.load(Ordering::Relaxed) + self.committing.load(Ordering::Relaxed)
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        if let Some(problem) = &self.progress.borrow().problem {
            return Err(Refusal::Store(problem.clone()));
        }
        self.check_within(self.limit)
    }

    /// Why not even how a session stands is taken at present, if that is so.
    pub(super) fn check_for_counts(&self) -> Result<(), Refusal> {
        self.check_within(self.limit.saturating_add(COUNTS_BYTES))
    }

    fn check_within(&self, limit: usize) -> Result<(), Refusal> {
        if self.waiting_bytes() > limit { Err(Refusal::Behind) } else { Ok(()) }
    }

    pub(super) fn add(&self, timeline: &Arc<Timeline>, bytes: usize) {
        let before = self.gathered.fetch_add(bytes, Ordering::Relaxed);
        if before <= self.limit / 4 && before + bytes > self.limit / 4 {
            // So much need not wait for more.
            self.urgent.notify_one();
        }
        if timeline.set_dirty() {
            self.dirty.lock().unwrap_or_else(PoisonError::into_inner).push(timeline.clone());
            self.something.notify_one();
        }
    }

    /// All that is added until the guard is dropped goes into one commit: the marks of a packet, and the counts that
    /// say that it came. Otherwise a server that is killed between the two would have lost a packet that is stored.
    pub(super) fn together(&self) -> RwLockReadGuard<'_, ()> {
        self.together.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit that holds everything added before this call.
    pub(super) fn ticket(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    pub(super) async fn wait_for(&self, commit: u64) -> Result<(), Refusal> {
        let mut progress = self.progress.subscribe();
        self.urgent.notify_one();
        // The sender lives as long as `self`, so waiting can't fail.
        let reached =
            progress.wait_for(|progress| progress.done >= commit || progress.problem.is_some()).await;
        match reached.ok().and_then(|progress| progress.problem.clone()) {
            Some(problem) => Err(Refusal::Store(problem)),
            None => Ok(()),
        }
    }

    /// Everything that was added, by timeline.
    fn take(&self) -> Vec<(Arc<Timeline>, Pending)> {
        let _nobody_adds = self.together.write().unwrap_or_else(PoisonError::into_inner);
        let dirty = std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner));
        self.committing.store(self.gathered.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        let take = |timeline: Arc<Timeline>| {
            timeline.clear_dirty();
            let pending = timeline.take_pending();
            (timeline, pending)
        };
        dirty.into_iter().map(take).collect()
    }
}

/// The task that commits.
pub(crate) struct Committer {
    catalog: Arc<Catalog>,
    commits: Arc<Commits>,
    metrics: Arc<Metrics>,
}

/// What one commit stores.
pub(super) struct Commit {
    number: u64,
    pub(super) timelines: Vec<Arc<Timeline>>,
    /// Those of one timeline one after the other.
    pub(super) appends: Vec<Append>,
}

impl Committer {
    pub(super) fn new(catalog: Arc<Catalog>, commits: Arc<Commits>, metrics: Arc<Metrics>) -> Self {
        Committer { catalog, commits, metrics }
    }

    /// Commits until `stop` is told; then once more, and ends.
    ///
    /// # Errors
    /// What could not be stored by then, and is lost.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), Unstored> {
        let mut unstored = None;
        loop {
            tokio::select! {
                () = self.wait() => {}
                () = self.catalog.exceeded() => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
            let is_last = *stop.borrow();
            let commit = self.collect();
            match self.store(&commit, &mut stop).await {
                Ok(left_out) => self.finish(&commit, &left_out),
                Err(problem) => {
                    unstored = Some(self.give_up(&commit, &problem).and(unstored));
                    self.refuse(problem);
                }
            }
            if is_last {
                return unstored.map_or(Ok(()), Err);
            }
        }
    }

    /// Until there is something to commit that has gathered long enough, or that somebody waits for.
    async fn wait(&self) {
        tokio::select! {
            () = self.commits.urgent.notified() => {}
            () = self.commits.something.notified() => {
                tokio::select! {
                    () = self.commits.urgent.notified() => {}
                    () = sleep(GATHER) => {}
                }
            }
        }
    }

    fn collect(&self) -> Commit {
        let number = self.commits.next.fetch_add(1, Ordering::SeqCst);
        let (mut timelines, mut appends) = (Vec::new(), Vec::new());
        for (timeline, pending) in self.commits.take() {
            let append = |block| Append { stream: timeline.stream().to_owned(), block };
            appends.extend(pending.finish().into_iter().map(append));
            timelines.push(timeline);
        }
        Commit { number, timelines, appends }
    }

    /// Tries until it is stored; meanwhile nothing new is taken, and those who wait are told why. Once the
    /// server stops, what can't be stored never will be, because nobody is left to try again.
    async fn store(&self, commit: &Commit, stop: &mut watch::Receiver<bool>) -> Result<LeftOut, StoreError> {
        loop {
            let problem = match storing::store(self.catalog.store(), commit).await {
                Ok(left_out) => return Ok(left_out),
                Err(problem) if *stop.borrow() => return Err(problem),
                Err(problem) => problem,
            };
            self.refuse(problem);
            tokio::select! {
                () = sleep(RETRY) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    fn give_up(&self, commit: &Commit, problem: &StoreError) -> Unstored {
        let bytes = self.commits.committing.load(Ordering::Relaxed);
        Unstored::new(bytes, problem).of(commit.timelines.iter().map(|timeline| &**timeline))
    }

    fn refuse(&self, problem: StoreError) {
        self.metrics.commit_failures.inc();
        let problem = Some(Arc::new(problem));
        self.commits.progress.send_modify(|progress| progress.problem = problem);
    }

    fn finish(&self, commit: &Commit, left_out: &LeftOut) {
        self.leave_out(commit, left_out);
        self.commits.committing.store(0, Ordering::Relaxed);
        self.commits.progress.send_replace(Progress { done: commit.number, problem: None });
        for timeline in &commit.timelines {
            timeline.set_stored();
            timeline.settle();
        }
        self.catalog.note_stored(&commit.timelines);
        self.metrics.commits.inc();
        self.catalog.shrink();
    }

    /// Notes what could not be stored, tells whoever runs the server, and counts its marks.
    fn leave_out(&self, commit: &Commit, left_out: &LeftOut) {
        let unstorable = &self.commits.unstorable;
        for timeline in commit.timelines.iter().filter(|timeline| !left_out.contains_key(timeline.stream())) {
            if unstorable.forget(timeline.stream()) {
                self.catalog.damages().forget(timeline.stream());
            }
        }
        for (stream, problem) in left_out {
            unstorable.note(stream, problem.clone(), Instant::now());
            self.catalog.damages().note(stream, problem);
        }
        let lost = commit.appends.iter().filter(|append| left_out.contains_key(&append.stream));
        self.metrics.marks_unstorable.inc_by(lost.map(storing::marks_in).sum());
    }
}
