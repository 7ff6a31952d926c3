//! The thread that turns queued records into packets and sends them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::Counters;
use super::record::Record;
use super::socket::Socket;
use crate::event::now;
use crate::settings::Settings;
use crate::wire::{Closing, PacketDefaults, PacketWriter, Pushed};

/// How long a record may wait so that others share its packet. With the time that sending takes, a
/// start leaves within 10 ms.
const FLUSH_EVERY: Duration = Duration::from_millis(5);
/// Packets that are sent before a pause: a receiver's buffer of the usual 208 KiB takes these in.
const BURST_PACKETS: u32 = 50;
const BURST_PAUSE: Duration = Duration::from_millis(1);

/// How callers reach the flusher: to wake it, to wait for it, to end it.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    idle: AtomicBool,
    closing: AtomicBool,
    requests: Mutex<Requests>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct Requests {
    thread: Option<Thread>,
    asked: u64,
    done: u64,
    ended: bool,
}

impl Bell {
    /// Wakes the flusher if it sleeps for want of work; a system call only then.
    pub(crate) fn ring_if_idle(&self) {
        if self.idle.load(Ordering::SeqCst) && self.idle.swap(false, Ordering::SeqCst) {
            self.wake(&self.requests());
        }
    }

    /// Asks for everything queued so far to be sent, and waits for it; false if `deadline` came first.
    pub(crate) fn flush(&self, deadline: Duration) -> bool {
        let mut requests = self.requests();
        requests.asked += 1;
        let asked = requests.asked;
        self.wake(&requests);
        self.wait(requests, deadline, |requests| requests.done >= asked)
    }

    /// Asks for everything to be sent and the thread to end, and waits for it likewise.
    pub(crate) fn close(&self, deadline: Duration) -> bool {
        self.closing.store(true, Ordering::SeqCst);
        let requests = self.requests();
        self.wake(&requests);
        self.wait(requests, deadline, |requests| requests.ended)
    }

    fn wait(
        &self,
        requests: MutexGuard<'_, Requests>,
        deadline: Duration,
        met: impl Fn(&Requests) -> bool,
    ) -> bool {
        let waited = self
            .answered
            .wait_timeout_while(requests, deadline, |requests| !(met(requests) || requests.ended));
        met(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    fn wake(&self, requests: &Requests) {
        if let Some(thread) = &requests.thread {
            thread.unpark();
        }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The flusher's own state.
pub(crate) struct Flusher {
    records: Receiver<Record>,
    bell: Arc<Bell>,
    counters: Arc<Counters>,
    writer: PacketWriter,
    socket: Socket,
    began: Instant,
    in_packet: u64,
    sequence: u64,
    burst: u32,
}

impl Flusher {
    pub(crate) fn new(
        settings: &Settings,
        records: Receiver<Record>,
        bell: Arc<Bell>,
        counters: Arc<Counters>,
        session: u64,
        id_base: u64,
    ) -> Self {
        let defaults = PacketDefaults {
            context: settings.context.clone(),
            timeline: settings.timeline.clone(),
            host: settings.host.clone(),
            id_base,
            auto_ip: false,
        };
        Flusher {
            records,
            bell,
            counters,
            writer: PacketWriter::new(session, defaults, settings.packet_bytes),
            socket: Socket::new(settings.server_host.clone(), settings.server_port),
            began: Instant::now(),
            in_packet: 0,
            sequence: 0,
            burst: 0,
        }
    }

    pub(crate) fn spawn(self) -> std::io::Result<()> {
        let bell = self.bell.clone();
        let thread = thread::Builder::new().name("upto-flusher".to_owned()).spawn(move || self.run())?;
        bell.requests().thread = Some(thread.thread().clone());
        Ok(())
    }

    fn run(mut self) {
        loop {
            let closing = self.bell.closing.load(Ordering::SeqCst);
            let asked = self.bell.requests().asked;
            let some = self.drain();
            self.send_packet(None);
            self.answer(asked);
            if closing {
                break;
            }
            self.rest(some);
        }
        self.end();
    }

    /// Moves what is queued into packets; true if there was something.
    fn drain(&mut self) -> bool {
        let mut some = false;
        loop {
            match self.records.try_recv() {
                Ok(record) => self.add(&record),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return some,
            }
            some = true;
        }
    }

    fn add(&mut self, record: &Record) {
        let (message, attributes) = record.as_wire();
        let mut pushed = self.writer.push(&message, &attributes);
        if pushed == Pushed::Full {
            self.send_packet(None);
            pushed = self.writer.push(&message, &attributes);
        }
        match pushed {
            Pushed::Added => self.in_packet += 1,
            Pushed::Full | Pushed::Unsendable => self.count_unsent(1),
        }
    }

    /// Sends the packet that is being written, if it has something to say.
    fn send_packet(&mut self, packets: Option<u64>) {
        if self.writer.is_empty() && packets.is_none() {
            return;
        }
        let closing = Closing {
            sequence: self.sequence,
            sent: now(),
            age: Some(self.began.elapsed()),
            dropped: self.counters.dropped(),
            packets,
        };
        let datagram = self.writer.finish(&closing);
        let taken = self.socket.send(datagram);
        let messages = std::mem::take(&mut self.in_packet);
        self.counters.refused.store(self.socket.refused(), Ordering::Relaxed);
        if taken {
            // A packet that never left keeps its number for the next one: its messages are told as
            // dropped, and it must not be missed as well.
            self.sequence += 1;
            self.counters.sent.fetch_add(messages, Ordering::Relaxed);
            self.counters.packets.fetch_add(1, Ordering::Relaxed);
        } else {
            self.count_unsent(messages);
        }
        self.pace();
    }

    fn count_unsent(&self, messages: u64) {
        self.counters.unsent.fetch_add(messages, Ordering::Relaxed);
    }

    fn pace(&mut self) {
        self.burst += 1;
        if self.burst >= BURST_PACKETS {
            self.burst = 0;
            thread::sleep(BURST_PAUSE);
        }
    }

    fn answer(&self, asked: u64) {
        let mut requests = self.bell.requests();
        if requests.done < asked {
            requests.done = asked;
            self.bell.answered.notify_all();
        }
    }

    /// Lets records gather for a while, or sleeps until there is one.
    fn rest(&mut self, some: bool) {
        self.burst = 0;
        if some {
            return self.wait_for_more();
        }
        self.bell.idle.store(true, Ordering::SeqCst);
        // Whoever queued before `idle` was set has not rung: look once more.
        match self.records.try_recv() {
            Ok(record) => self.add(&record),
            Err(TryRecvError::Disconnected) if !self.is_called() => thread::park_timeout(FLUSH_EVERY),
            Err(_) if !self.is_called() => thread::park(),
            Err(_) => {}
        }
        self.bell.idle.store(false, Ordering::SeqCst);
    }

    fn wait_for_more(&self) {
        let until = Instant::now() + FLUSH_EVERY;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|_| !self.is_called()) {
            thread::park_timeout(left);
        }
    }

    fn is_called(&self) -> bool {
        let requests = self.bell.requests();
        requests.asked > requests.done || self.bell.closing.load(Ordering::SeqCst)
    }

    /// Tells the server how many packets there were, so that it can tell whether it has them all.
    fn end(&mut self) {
        self.send_packet(Some(self.sequence + 1));
        self.bell.requests().ended = true;
        self.bell.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::client::record::Span;
    use crate::current::Node;
    use crate::wire::{Decoder, Kind, SessionInfo};

    /// A flusher that sends nowhere: nobody may connect to the broadcast address without asking for it.
    fn unconnected() -> Flusher {
        let settings = Settings {
            server_host: "255.255.255.255".to_owned(),
            context: "test".to_owned(),
            ..Settings::default()
        };
        let (_queue, records) = sync_channel(16);
        Flusher::new(&settings, records, Arc::default(), Arc::default(), 42, 0)
    }

    fn send_point(flusher: &mut Flusher) {
        let node = Node::new("point".into(), "test".into(), "".into(), "".into());
        flusher.add(&Record::new(Kind::Point, Span { node: Arc::new(node), id: 0 }, now()));
        flusher.send_packet(None);
    }

    fn received(socket: &UdpSocket) -> SessionInfo {
        let mut buffer = [0; 1_500];
        let length = socket.recv(&mut buffer).expect("a packet");
        Decoder::new().decode(&buffer[..length]).expect("a good packet").session.expect("a session")
    }

    #[test]
    fn a_packet_that_never_left_takes_no_number() {
        let receiver = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        receiver.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let port = receiver.local_addr().expect("its address").port();
        let mut flusher = unconnected();
        send_point(&mut flusher);
        flusher.socket = Socket::new("127.0.0.1".to_owned(), port);
        send_point(&mut flusher);
        flusher.end();
        let (first, last) = (received(&receiver), received(&receiver));
        assert_eq!((first.sequence, first.dropped), (0, 1));
        assert_eq!((last.sequence, last.dropped, last.packets), (1, 1, Some(2)));
    }
}
