//! The threads of UDP: for each socket, one that receives and one that takes what was received through the door.

use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::beside::Beside;
use super::datagrams::Datagrams;
use super::queue::Queue;
use super::taking::Taker;
use super::udp::{Listener, Receive, Receiver, Stop};
use crate::doors::{Rate, network};
use crate::ingest::{Budget, Ingest};
use crate::metrics::{Input, Metrics};

/// After so many calls of the system, its count of drops is read: it must not come round unseen.
const DROPS_EVERY: u64 = 1 << 14;

/// Where datagrams go.
pub(crate) trait Takes: Clone + Send + 'static {
    /// What is counted.
    fn metrics(&self) -> &Arc<Metrics>;

    /// For what was received and is not taken yet.
    fn budget(&self) -> &Arc<Budget>;

    /// What takes those of one receiver.
    type Taker: TakesAll;

    /// One of these, which may have something done aside.
    fn taker(&self, aside: Aside) -> Self::Taker;
}

/// What takes the datagrams of one receiver, in a thread of its own.
pub(crate) trait TakesAll: Send + 'static {
    /// Takes all datagrams, in their order, and counts them.
    fn take_all(&mut self, datagrams: &Datagrams);

    /// Takes what it has not taken yet, as no more come.
    fn take_rest(&mut self) {}
}

/// How something is done beside a thread that takes datagrams.
pub(crate) struct Aside {
    pub(super) runtime: Handle,
    /// Has the thread look what was done.
    pub(super) wake: Arc<dyn Fn() + Send + Sync>,
    /// True: it need not be done any more.
    pub(super) abandon: watch::Receiver<bool>,
}

/// What takes datagrams for the store.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) metrics: Arc<Metrics>,
    /// For what was received and is not taken yet,
    pub(crate) budget: Arc<Budget>,
    /// and of that for what waits for the store.
    pub(crate) beside: Arc<Budget>,
    /// How many may come from one address that is not loopback.
    pub(crate) rate: Option<Arc<Rate<IpAddr>>>,
}

impl Takes for Door {
    fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    type Taker = Taker;

    fn taker(&self, aside: Aside) -> Taker {
        let Aside { runtime, wake, abandon } = aside;
        Taker::new(self.clone(), Beside::new(runtime, wake, abandon))
    }
}

/// Whether one more datagram may come from this address now.
pub(crate) fn admits(rate: Option<&Rate<IpAddr>>, peer: IpAddr) -> bool {
    let Some(rate) = rate.filter(|_| !peer.to_canonical().is_loopback()) else { return true };
    rate.admit(network(peer), Instant::now()).is_ok()
}

/// All threads of UDP. They run until [`Inputs::stop`], whether this is dropped or not.
#[derive(Debug)]
pub(crate) struct Inputs {
    stop: Arc<Stop>,
    /// True: what was received is not worked off any more.
    abandon: Arc<watch::Sender<bool>>,
    /// Closed once the last thread has ended.
    running: mpsc::Receiver<()>,
}

impl Inputs {
    /// Starts receiving, in the runtime that this is called in.
    ///
    /// # Errors
    /// The system gives no threads. None is left running then.
    pub(crate) fn start(listeners: &[Listener], door: &impl Takes) -> io::Result<Self> {
        let (running, ended) = mpsc::channel(1);
        let stop = Arc::new(Stop::new()?);
        let inputs = Inputs { stop, abandon: Arc::new(watch::Sender::new(false)), running: ended };
        let mut sockets = listeners.iter().flat_map(Listener::sockets);
        let started = sockets.try_for_each(|socket| inputs.start_one(socket, door, &running));
        started.inspect_err(|_| inputs.stop.tell())?;
        Ok(inputs)
    }

    fn start_one(
        &self,
        socket: &Arc<UdpSocket>,
        door: &impl Takes,
        running: &mpsc::Sender<()>,
    ) -> io::Result<()> {
        door.metrics().kernel_drops.watch(socket);
        let receiver = Receiver::new(socket.clone(), self.stop.clone())?;
        let open = Open(Arc::new(Queue::new(door.budget().clone())));
        let (queue, abandon) = (open.0.clone(), self.abandon.subscribe());
        let wake = Arc::new(move || queue.poke());
        let taker = door.taker(Aside { runtime: Handle::current(), wake, abandon: abandon.clone() });
        let worker = Worker { queue: open.0.clone(), taker, abandon, _running: running.clone() };
        let (metrics, running) = (door.metrics().clone(), running.clone());
        thread::Builder::new().name("upto-udp-door".into()).spawn(move || worker.run())?;
        let receive = move || {
            receive(receiver, &open, &metrics);
            drop(running);
        };
        thread::Builder::new().name("upto-udp".into()).spawn(receive)?;
        Ok(())
    }

    /// Stops receiving, and waits until everything that was received is taken.
    pub(crate) async fn stop(&mut self) {
        self.stop.tell();
        // Nobody sends anything: it ends when the last sender is dropped.
        while self.running.recv().await.is_some() {}
    }

    /// What has to be dropped with the runtime that the threads work with.
    pub(crate) fn ending(&self) -> Ending {
        Ending(self.stop.clone(), self.abandon.clone())
    }

    /// What was received and is not taken yet will not be.
    pub(crate) fn abandon(&self) {
        self.abandon.send_replace(true);
    }
}

/// Ends the threads when it is dropped: without it, they would outlive their runtime.
pub(crate) struct Ending(Arc<Stop>, Arc<watch::Sender<bool>>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.tell();
        self.1.send_replace(true);
    }
}

/// A queue that is closed when the receiver ends, however that comes about.
struct Open(Arc<Queue>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Receives until it is told to stop.
fn receive(mut receiver: impl Receive, queue: &Open, metrics: &Metrics) {
    for call in 1_u64.. {
        if !receiver.receive(|| queue.0.wake()) {
            return;
        }
        let refused = queue.0.push(receiver.received());
        if refused > 0 {
            metrics.datagrams.inc_by(refused);
            metrics.count_refused(Input::Udp, "queue_full", refused);
        }
        if call.is_multiple_of(DROPS_EVERY) {
            metrics.kernel_drops.count();
        }
    }
}

/// Takes what a receiver has got.
struct Worker<T> {
    queue: Arc<Queue>,
    taker: T,
    abandon: watch::Receiver<bool>,
    _running: mpsc::Sender<()>,
}

impl<T: TakesAll> Worker<T> {
    /// In a thread of its own, since it has much to do between two waits: tasks beside it would not get their turn.
    fn run(mut self) {
        let mut datagrams = Datagrams::default();
        while self.queue.take(&mut datagrams) && !*self.abandon.borrow() {
            self.taker.take_all(&datagrams);
        }
        self.taker.take_rest();
    }
}
