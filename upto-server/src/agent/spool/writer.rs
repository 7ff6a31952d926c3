//! The task that makes durable what has gathered.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::super::block::{Block, Header, Malformed};
use super::gathering::Open;
use super::{Spool, Written};
use crate::store::{self, StoreError, StoreErrorKind};

/// How long what came in gathers when nobody waits for it.
const GATHER: Duration = Duration::from_millis(20);
/// How long after a refusal the disk is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How often it is looked for what is too old while nothing comes in.
const BOUNDS_PERIOD: Duration = Duration::from_secs(60);

/// Writes the spool. Only one of them runs.
pub(crate) struct Writer {
    spool: Arc<Spool>,
}

impl Writer {
    pub(super) fn new(spool: Arc<Spool>) -> Self {
        Writer { spool }
    }

    /// Writes until `stop` is told; then once more, and ends.
    ///
    /// # Errors
    /// What could not be written by then, and is lost.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), Arc<StoreError>> {
        loop {
            tokio::select! {
                () = self.wait() => {}
                () = sleep(BOUNDS_PERIOD) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
            let is_last = *stop.borrow();
            self.write(&mut stop).await?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Until something has gathered long enough, or somebody waits for it.
    async fn wait(&self) {
        self.spool.something.notified().await;
        tokio::select! {
            () = self.spool.urgent.notified() => {}
            () = sleep(GATHER) => {}
        }
    }

    /// Writes what has gathered. Where that fails it is tried again, and meanwhile there is less and less room for more;
    /// once the agent stops, nobody is left to try.
    async fn write(&self, stop: &mut watch::Receiver<bool>) -> Result<(), Arc<StoreError>> {
        let (number, opened) = self.take();
        while let Err(problem) = self.try_write(&opened).await {
            let problem = self.refuse(problem);
            if *stop.borrow() {
                return Err(problem);
            }
            tokio::select! {
                () = sleep(RETRY) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        let done = |written: &mut Written| {
            (written.done, written.problem, written.bytes) = (number, None, 0);
        };
        self.spool.written.send_modify(done);
        self.spool.try_keep_within_bounds().await;
        Ok(())
    }

    /// What has gathered, and the number of this writing.
    fn take(&self) -> (u64, Vec<Open>) {
        let mut gathering = self.spool.gathering();
        let bytes = gathering.bytes();
        let opened = if gathering.is_empty() { Vec::new() } else { gathering.take() };
        let number = self.spool.written.borrow().next;
        self.spool.written.send_modify(|written| (written.next, written.bytes) = (number + 1, bytes));
        (number, opened)
    }

    async fn try_write(&self, opened: &[Open]) -> store::Result<()> {
        if opened.is_empty() {
            return Ok(());
        }
        let mut spooled = self.spool.spooled.lock().await;
        let blocks: Result<Vec<_>, _> = opened
            .iter()
            .map(|open| {
                let header =
                    Header { run: self.spool.run, number: spooled.take_number(), ..open.header.clone() };
                Block::new(header, &open.entries).encode().map_err(unwritten)
            })
            .collect();
        spooled.append(self.spool.store.as_ref(), blocks?).await
    }

    fn refuse(&self, problem: StoreError) -> Arc<StoreError> {
        let problem = Arc::new(problem);
        self.spool.written.send_modify(|written| written.problem = Some(problem.clone()));
        problem
    }
}

fn unwritten(error: Malformed) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, "encode", "a block").because(error)
}
