//! Cutting a connection off from where one of its requests is answered.

use std::sync::Arc;

use tokio::sync::Notify;

/// Cuts a connection off. Every request that came over one has this among its extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<Notify>);

impl Cut {
    /// Ends the connection, whatever else is said over it: a client that reads nothing can't be told more gently.
    pub(crate) fn now(&self) {
        self.0.notify_one();
    }

    /// Waits for that.
    pub(crate) async fn wanted(&self) {
        self.0.notified().await;
    }
}
