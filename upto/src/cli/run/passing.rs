//! What a command writes, passed on byte for byte, while its end is noted.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::tail::Tail;

/// Bytes that are passed on at a time.
const CHUNK: usize = 64 << 10;
/// How long the rest of the output is waited for once the command has ended. Where what the command leaves behind goes on
/// writing, its last lines are those until then.
const REST: Duration = Duration::from_millis(100);

/// Passes on both outputs of a command, in threads of their own.
#[derive(Debug)]
pub(super) struct Passing {
    lines: u16,
    tail: Arc<Mutex<Tail>>,
    /// Disconnected once both outputs are at their ends.
    ended: Receiver<()>,
}

impl Passing {
    /// Has the command write to pipes.
    pub(super) fn prepare(command: &mut Command) {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }

    /// Passes on what this child writes, and notes the last `lines` of it.
    pub(super) fn start(child: &mut Child, lines: u16) -> io::Result<Self> {
        let tail = Arc::new(Mutex::new(Tail::default()));
        let (end, ended) = channel();
        if let Some(output) = child.stdout.take() {
            in_a_thread(output, unbuffered(&io::stdout())?, tail.clone(), end.clone())?;
        }
        if let Some(errors) = child.stderr.take() {
            in_a_thread(errors, unbuffered(&io::stderr())?, tail.clone(), end)?;
        }
        Ok(Passing { lines, tail, ended })
    }

    /// The last lines of a command that has ended.
    pub(super) fn tail(&self) -> String {
        // Nothing is ever sent: it ends when both threads have, or when the time is over.
        let _ = self.ended.recv_timeout(REST);
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).lines(self.lines)
    }

    /// Waits until everything is passed on: what the command has left behind may still be writing.
    pub(super) fn finish(self) {
        // Nothing is ever sent: it ends when both threads have.
        let _ = self.ended.recv();
    }
}

fn in_a_thread(
    from: impl Read + Send + 'static,
    to: File,
    tail: Arc<Mutex<Tail>>,
    end: Sender<()>,
) -> io::Result<()> {
    let pass = move || {
        // If nobody reads any more, the command finds out by its next write, as it would without this.
        let _ = pass(from, to, &tail);
        drop(end);
    };
    thread::Builder::new().name("upto-output".to_owned()).spawn(pass).map(drop)
}

fn pass(mut from: impl Read, mut to: File, tail: &Mutex<Tail>) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let written = match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(length) => chunk.get(..length).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        tail.lock().unwrap_or_else(PoisonError::into_inner).push(written);
        write_all(&mut to, written)?;
    }
}

/// Writes everything, also to an output that its owner has made one that does not block.
fn write_all(to: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => until_writable(to)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(unix)]
fn until_writable(to: &File) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    rustix::io::retry_on_intr(|| poll(&mut [PollFd::new(to, PollFlags::OUT)], None))?;
    Ok(())
}

#[cfg(not(unix))]
fn until_writable(_to: &File) -> io::Result<()> {
    Ok(())
}

/// The same output without the buffer that the standard library has for it.
#[cfg(unix)]
fn unbuffered(stream: &impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(not(unix))]
fn unbuffered(stream: &impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}
