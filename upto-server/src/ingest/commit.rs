//! Group commit: what arrived in a few milliseconds, of all timelines, becomes durable together.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::{Refusal, Unstored};
use crate::catalog::{Catalog, Pending, Timeline};
use crate::metrics::Metrics;
use crate::store::{Append, Store, StoreError, StoreErrorKind};

/// How long marks gather when nobody waits for them.
const GATHER: Duration = Duration::from_millis(20);
/// How long after a refusal the store is asked again.
const RETRY: Duration = Duration::from_millis(500);
/// Documents of new timelines that are put at the same time: the store takes them together, or one while another travels.
const DOCUMENTS_AT_ONCE: usize = 64;

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
        if self.waiting_bytes() > self.limit { Err(Refusal::Behind) } else { Ok(()) }
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

/// Sees to it that a timeline has its document before it has marks.
async fn document(store: Arc<dyn Store>, timeline: Arc<Timeline>) -> Result<(), StoreError> {
    let Some(document) = timeline.new_document() else { return Ok(()) };
    match store.put(&document.key(), None, document.encode()?).await {
        Ok(_) => timeline.set_documented(),
        // It is there: from a try whose answer was lost.
        Err(error) if error.kind() == StoreErrorKind::Conflict => timeline.set_documented(),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// What one commit stores.
struct Commit {
    number: u64,
    timelines: Vec<Arc<Timeline>>,
    appends: Vec<Append>,
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
                Ok(()) => self.finish(&commit),
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
    async fn store(&self, commit: &Commit, stop: &mut watch::Receiver<bool>) -> Result<(), StoreError> {
        loop {
            let problem = match self.try_store(commit).await {
                Ok(()) => return Ok(()),
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

    async fn try_store(&self, commit: &Commit) -> Result<(), StoreError> {
        let store = self.catalog.store();
        let new = commit.timelines.iter().filter(|timeline| timeline.new_document().is_some());
        let documents: Vec<_> = new.map(|timeline| document(store.clone(), timeline.clone())).collect();
        stream::iter(documents).buffer_unordered(DOCUMENTS_AT_ONCE).try_collect::<()>().await?;
        if commit.appends.is_empty() { Ok(()) } else { store.append(commit.appends.clone()).await }
    }

    fn finish(&self, commit: &Commit) {
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
}
