//! Having the allocator give back what is free, once something is done that took much.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::catalog::Catalog;

/// Gives back to the system what the process has and does not use.
pub(super) type GiveBack = dyn Fn() + Send + Sync;

/// How long it is waited at least, so that what is done at the same time is done by then.
const GATHER: Duration = Duration::from_millis(50);
/// Of the time, it takes at most this part: it is waited so many times as long as it took before.
const PART: u32 = 20;

/// Has it given back again and again until `stop` is told.
pub(super) async fn follow(catalog: Arc<Catalog>, give_back: Arc<GiveBack>, mut stop: watch::Receiver<bool>) {
    let following = async {
        let mut wait = GATHER;
        loop {
            catalog.freed().await;
            sleep(wait).await;
            let (began, give_back) = (Instant::now(), give_back.clone());
            // One that panics has given back what it has.
            let _ = spawn_blocking(move || give_back()).await;
            wait = (began.elapsed() * PART).max(GATHER);
        }
    };
    tokio::select! {
        () = following => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;
    use crate::clock::SystemClock;
    use crate::store::MemoryStore;

    #[tokio::test]
    async fn it_is_done_after_what_took_much_and_only_then() {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
        let catalog = Arc::new(Catalog::open(store, 1 << 20).await.expect("a catalog"));
        let (count, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, told) = (count.clone(), done.clone());
        let give_back = Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            told.notify_one();
        });
        let (stop, stopped) = watch::channel(false);
        let following = tokio::spawn(follow(catalog.clone(), give_back, stopped));
        catalog.note_free();
        done.notified().await;
        catalog.note_free();
        done.notified().await;
        stop.send_replace(true);
        following.await.expect("it ends");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
