//! Writers that come at the same time share a transaction, so that the disk is waited for once.
//!
//! Each sees what those before it in the transaction changed, as if it had come after them. Where one of them fails, all
//! of it is undone and each gets a transaction of its own: a writer must not suffer from those it happens to meet.

use std::sync::{Arc, Mutex, PoisonError};

use redb::WriteTransaction;
use tokio::sync::oneshot::{self, Receiver, Sender};

use super::failure::Failure;
use super::file::{DataFile, Outcome};

/// What somebody wants to write, whose turn has not come yet.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Vec<Box<dyn Job>>>);

/// What a writer is told. Those whose transaction could not be made durable share the reason.
pub(super) type Told<T> = Result<T, Arc<Failure>>;

impl Waiting {
    /// Adds what somebody wants to write; it is told when that is done. Whoever gives up waiting before it is begun
    /// prevents it.
    pub(super) fn add<T: Send + 'static>(
        &self,
        work: impl Fn(&WriteTransaction) -> Result<Outcome<T>, Failure> + Send + 'static,
    ) -> Receiver<Told<T>> {
        let (tell, told) = oneshot::channel();
        self.jobs(|jobs| jobs.push(Box::new(Write { work, value: None, tell })));
        told
    }

    /// Writes all that waits. Blocks; it must be one's turn to write.
    pub(super) fn write(&self, file: &DataFile) {
        let mut jobs = self.jobs(std::mem::take);
        jobs.retain(|job| job.is_wanted());
        write_all(file, jobs);
    }

    fn jobs<T>(&self, look: impl FnOnce(&mut Vec<Box<dyn Job>>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn write_all(file: &DataFile, mut jobs: Vec<Box<dyn Job>>) {
    let mut is_done = false;
    let written = file.write(|transaction| {
        let changed = jobs.iter_mut().try_fold(false, |changed, job| Ok(job.run(transaction)? | changed));
        is_done = changed.is_ok();
        changed.map(|changed| if changed { Outcome::Changed(()) } else { Outcome::Unchanged(()) })
    });
    match written.map_err(Arc::new) {
        // What could not be made durable may be there all the same, so it is not tried again.
        Err(_) if !is_done && jobs.len() > 1 => jobs.into_iter().for_each(|job| write_all(file, vec![job])),
        written => jobs.into_iter().for_each(|job| job.tell(written.clone())),
    }
}

/// Something to be written.
trait Job: Send {
    /// Somebody waits for it still.
    fn is_wanted(&self) -> bool;

    /// Does it in a transaction, which may be undone; whether that changed anything.
    fn run(&mut self, transaction: &WriteTransaction) -> Result<bool, Failure>;

    /// Tells what came of the transaction in which it ran last.
    fn tell(self: Box<Self>, written: Told<()>);
}

struct Write<W, T> {
    work: W,
    /// What the last run came to.
    value: Option<T>,
    tell: Sender<Told<T>>,
}

impl<W, T> Job for Write<W, T>
where
    W: Fn(&WriteTransaction) -> Result<Outcome<T>, Failure> + Send,
    T: Send,
{
    fn is_wanted(&self) -> bool {
        !self.tell.is_closed()
    }

    fn run(&mut self, transaction: &WriteTransaction) -> Result<bool, Failure> {
        let (value, is_changed) = match (self.work)(transaction)? {
            Outcome::Changed(value) => (value, true),
            Outcome::Unchanged(value) => (value, false),
        };
        self.value = Some(value);
        Ok(is_changed)
    }

    fn tell(self: Box<Self>, written: Told<()>) {
        let Write { value, tell, .. } = *self;
        let told = written.map(|()| value).transpose();
        if let Some(told) = told {
            // Whoever does not wait any more need not know.
            let _ = tell.send(told);
        }
    }
}

#[cfg(test)]
mod tests;
