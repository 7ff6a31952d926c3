//! The threads of UDP: for each socket, one that receives and one that takes what was received through the door.

use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use upto::wire::Decoder;

use super::datagrams::Datagrams;
use super::queue::Queue;
use super::taking;
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

    /// Takes all datagrams, in their order, and counts them.
    async fn take_all(&self, datagrams: &Datagrams, decoder: &mut Decoder);
}

/// What takes datagrams for the store.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) metrics: Arc<Metrics>,
    /// For what was received and is not taken yet.
    pub(crate) budget: Arc<Budget>,
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

    async fn take_all(&self, datagrams: &Datagrams, decoder: &mut Decoder) {
        taking::take_all(self, datagrams, decoder).await;
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
        let worker = Worker {
            queue: open.0.clone(),
            door: door.clone(),
            runtime: Handle::current(),
            abandon: self.abandon.clone(),
            _running: running.clone(),
        };
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
struct Worker<D> {
    queue: Arc<Queue>,
    door: D,
    runtime: Handle,
    abandon: Arc<watch::Sender<bool>>,
    _running: mpsc::Sender<()>,
}

impl<D: Takes> Worker<D> {
    /// In a thread of its own, since it has much to do between two waits: tasks beside it would not get their turn.
    fn run(self) {
        let (mut decoder, mut datagrams) = (Decoder::new(), Datagrams::default());
        let mut abandon = self.abandon.subscribe();
        while self.queue.take(&mut datagrams) && !*abandon.borrow() {
            self.runtime.block_on(async {
                tokio::select! {
                    // The sender lives as long as `self`.
                    _ = abandon.wait_for(|abandon| *abandon) => {}
                    () = self.door.take_all(&datagrams, &mut decoder) => {}
                }
            });
        }
    }
}
