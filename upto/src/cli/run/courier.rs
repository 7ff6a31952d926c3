//! Delivery beside the command: whatever the server does, it holds up nobody.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::delivery::Delivery;
use crate::cli::failure::Failure;

/// Takes messages to the server, in threads that end with the process where it may take long.
#[derive(Debug)]
pub(super) struct Courier {
    delivery: Arc<Delivery>,
    start: Option<Answer>,
}

type Answer = Receiver<Result<(), Failure>>;

impl Courier {
    pub(super) fn new(delivery: Delivery) -> Self {
        Courier { delivery: Arc::new(delivery), start: None }
    }

    /// Sends the beginning, and waits for nothing.
    pub(super) fn start(&mut self, messages: Vec<Vec<u8>>) {
        self.start = self.send(messages);
    }

    /// Sends the end, and waits for at most `patience`. Where the beginning is still on its way after half of that, the end
    /// does not wait for it: it tells when the event began as well.
    ///
    /// # Errors
    /// The end was not delivered, or not in time.
    pub(super) fn end(&mut self, messages: Vec<Vec<u8>>, patience: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + patience;
        if let Some(start) = self.start.take() {
            // Where the beginning failed, the end is tried all the same.
            let _ = start.recv_timeout(patience / 2);
        }
        let answer = self.send(messages).ok_or(Failure::Unconfirmed)?;
        let left = deadline.saturating_duration_since(Instant::now());
        answer.recv_timeout(left).unwrap_or(Err(Failure::Unconfirmed))
    }

    /// `None`: the system has no thread for it.
    fn send(&self, messages: Vec<Vec<u8>>) -> Option<Answer> {
        let (tell, answer) = sync_channel(1);
        let delivery = self.delivery.clone();
        let deliver = move || {
            // Nobody hears it if it took too long.
            let _ = tell.send(delivery.deliver(&messages).map(drop));
        };
        if self.delivery.is_prompt() {
            // A thread would wait for its turn for longer than this takes.
            deliver();
        } else {
            thread::Builder::new().name("upto-courier".to_owned()).spawn(deliver).ok()?;
        }
        Some(answer)
    }
}
