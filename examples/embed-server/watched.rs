//! What the server looks at, beside timelines: a connector and a check of one's own.
//!
//! Both ask the application itself. A connector tells how something is, with figures; a check is one number of this host,
//! which is asked of all hosts of a fleet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use upto_server::fleet::{How, OwnCheck};
use upto_server::probe::{Connector, Probe, ProbeError, async_trait};

/// How much at once is too much.
const BUSY: u32 = 10;

/// What the application has to do, and what it has done.
#[derive(Default)]
pub(crate) struct Workload {
    in_work: AtomicU32,
    done: AtomicU32,
}

impl Workload {
    /// Notes that something is in work for as long as that takes.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        self.in_work.fetch_add(1, Ordering::Relaxed);
        let done = work.await;
        self.in_work.fetch_sub(1, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
        done
    }

    fn done(&self) -> f64 {
        f64::from(self.done.load(Ordering::Relaxed))
    }
}

/// The connector.
pub(crate) struct Application(pub(crate) Arc<Workload>);

#[async_trait]
impl Connector for Application {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let in_work = self.0.in_work.load(Ordering::Relaxed);
        let probe = Probe::up().with("in_work", f64::from(in_work)).with("done", self.0.done());
        Ok(if in_work > BUSY { probe.but(format!("{in_work} at once")) } else { probe })
    }

    fn period(&self) -> Duration {
        Duration::from_millis(500)
    }
}

/// The check.
pub(crate) fn work_done(workload: Arc<Workload>) -> OwnCheck {
    let how = How::Call(Arc::new(move || Ok(workload.done())));
    OwnCheck { name: "work_done".into(), unit: "works".into(), period: Duration::from_millis(500), how }
}
