//! A server in the runtime of a test, on a store that is open there.

use std::sync::Arc;

use upto_server::store::Store;
use upto_server::{Handle, Server};

use crate::support::Client;

pub(super) struct Serving {
    handle: Handle,
    pub(super) client: Client,
}

impl Serving {
    pub(super) async fn on(store: &Arc<dyn Store>) -> Self {
        let builder = Server::builder().opened_store(Arc::clone(store)).any_port();
        let handle = builder.start().await.expect("a server");
        let (udp, url) = (handle.udp_addresses()[0], handle.http_urls().next().expect("a URL"));
        Serving { handle, client: Client { udp, url } }
    }

    /// Another one on the same store, where that can have several.
    pub(super) async fn on_if_shared(store: &Arc<dyn Store>) -> Option<Self> {
        if store.is_shared() { Some(Self::on(store).await) } else { None }
    }

    pub(super) async fn stop(self) {
        self.handle.shutdown().await.expect("everything is stored");
    }
}
