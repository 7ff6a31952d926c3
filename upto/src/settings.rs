//! Where the client sends to and what it says of itself: checked once, at start.

mod address;
#[cfg(feature = "enabled")]
mod checked;
mod environment;
mod mistakes;
mod traceparent;

use std::time::Duration;

#[cfg(feature = "enabled")]
pub(crate) use self::environment::is_allowed;
#[cfg(feature = "enabled")]
pub(crate) use self::mistakes::PARENT_BYTES;
use self::mistakes::{Mistakes, mistake};
use crate::error::InitError;
use crate::wire::limits;

/// The port of `upto-server`, also where an address names none.
pub const DEFAULT_PORT: u16 = 8123;

/// Everything a client is told at its start: by a [`ClientBuilder`](crate::ClientBuilder), which is made of them too, for
/// programs that have their settings from elsewhere. They are checked when the client starts.
///
/// ```no_run
/// use upto::ClientBuilder;
/// use upto::settings::Settings;
///
/// # fn start(file: std::collections::HashMap<String, String>) -> Result<upto::Guard, upto::InitError> {
/// let settings = Settings::from_variables(|name| file.get(name).cloned())?;
/// ClientBuilder::from(settings).init()
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// False: nothing is sent, and annotations cost next to nothing. The variable `UPTO` turns off, too.
    pub enabled: bool,
    /// The server's host name or address.
    pub server_host: String,
    /// The server's UDP port.
    pub server_port: u16,
    /// The context of events that name none of their own.
    pub context: String,
    /// Likewise the timeline; empty: the context's active one.
    pub timeline: String,
    /// Likewise the host; empty: none.
    pub host: String,
    /// Path of the event that the whole process is part of, at most 16,382 bytes; empty: none.
    pub parent: String,
    /// Bytes of a packet, from 512 to 65,507.
    pub packet_bytes: usize,
    /// Bytes that one thread's queue takes at most, from 20,480; what comes on top is dropped and counted.
    pub thread_bytes: usize,
    /// Bytes that the queues of all threads take together at most, likewise; from `thread_bytes`.
    pub total_bytes: usize,
    /// The trace that the process is part of, as W3C Trace Context writes it; empty: none.
    pub traceparent: String,
    /// Whether packets with ends of events are sent a second time.
    pub send_ends_twice: bool,
    /// How long dropping the guard may wait for what is queued.
    pub flush_deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            enabled: true,
            server_host: "127.0.0.1".to_owned(),
            server_port: DEFAULT_PORT,
            context: program_name(),
            timeline: String::new(),
            host: String::new(),
            parent: String::new(),
            packet_bytes: limits::PACKET_BYTES,
            thread_bytes: 256 << 10,
            total_bytes: 16 << 20,
            traceparent: String::new(),
            send_ends_twice: false,
            flush_deadline: Duration::from_millis(500),
        }
    }
}

impl Settings {
    /// Takes `host`, `host:port`, `[v6]:port` or a bare IPv6 address as the server.
    ///
    /// # Errors
    /// [`InitError::Settings`] under `name`.
    pub fn set_server(&mut self, name: &'static str, server: &str) -> Result<(), InitError> {
        let (host, port) = address::split(server)
            .map_err(|problem| InitError::Settings(vec![mistake(name, server, problem)]))?;
        self.server_host = host.to_owned();
        self.server_port = port;
        Ok(())
    }

    /// Where to send to, as [`Settings::set_server`] takes it.
    #[cfg(feature = "enabled")]
    pub(crate) fn server(&self) -> String {
        let Settings { server_host, server_port, .. } = self;
        if server_host.contains(':') {
            format!("[{server_host}]:{server_port}")
        } else {
            format!("{server_host}:{server_port}")
        }
    }
}

fn program_name() -> String {
    let program = std::env::current_exe().ok();
    let stem =
        program.as_deref().and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "program".to_owned())
}
