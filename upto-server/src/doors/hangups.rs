//! SIGHUP: somebody changed a file, and wants it to be read again.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Tells each SIGHUP that comes from now on. Where there are no signals, none comes.
pub(crate) struct Hangups {
    #[cfg(unix)]
    signal: Option<Signal>,
}

impl Hangups {
    /// Listens from now on.
    pub(crate) fn begin() -> Self {
        Hangups {
            #[cfg(unix)]
            signal: signal(SignalKind::hangup()).ok(),
        }
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    }
}
