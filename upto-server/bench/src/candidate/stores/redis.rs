//! Blocks as entries of Redis' streams, by nothing but the client.

use redis::aio::MultiplexedConnection;

use super::{Bare, stream};
use crate::failure::Failure;

const PEER: &str = "the bare client of Redis";

pub(super) struct Client(MultiplexedConnection);

impl Client {
    /// # Errors
    /// Redis does not answer.
    pub(super) async fn connect(url: &str) -> Result<Self, Failure> {
        let client = redis::Client::open(url).map_err(Failure::peer(PEER))?;
        client.get_multiplexed_async_connection().await.map(Client).map_err(Failure::peer(PEER))
    }
}

impl Bare for Client {
    async fn write(&mut self, blocks: &[Vec<u8>]) -> Result<(), Failure> {
        let mut all = redis::pipe();
        all.atomic();
        for (number, block) in blocks.iter().enumerate() {
            all.cmd("XADD")
                .arg(format!("bare/{}", stream(number)))
                .arg("*")
                .arg("b")
                .arg(block.as_slice())
                .ignore();
        }
        all.query_async(&mut self.0).await.map_err(Failure::peer(PEER))
    }
}
