//! Documents: their versions and values by key, and the keys in their order.

mod merge;

use async_trait::async_trait;

use self::merge::Merge;
use super::RedisStore;
use super::connection::Present;
use super::failure::Failure;
use super::script::{self, Call, Script};
use super::shard::Shard;
use crate::store::operation::Operation;
use crate::store::{Document, Documents, Result, StoreErrorKind};

#[async_trait]
impl Documents for RedisStore {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        let operation = Operation::on("get", "document", key)?;
        let get =
            |shard: &Shard| Call::new(&script::GET, [shard.key("versions"), shard.key("values")]).text(key);
        let found: Result<Option<(u64, Vec<u8>)>, _> = self.in_shard_of(key, get).await;
        let found = found.map_err(|failure| failure.of(operation))?;
        Ok(found.map(|(version, value)| Document { version, value }))
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        let operation = Operation::on("put", "document", key)?.value("a value", &value)?;
        let expected_text = expected.map(|version| version.to_string()).unwrap_or_default();
        let next = expected.unwrap_or(0).saturating_add(1);
        let put = |shard: &Shard| {
            changing(&script::PUT, shard).text(key).text(&expected_text).number(next).bytes(value.as_slice())
        };
        let put: Result<u64, _> = self.in_shard_of(key, put).await;
        match put.map_err(|failure| failure.of(operation))? {
            0 => Err(operation.failed(StoreErrorKind::Conflict)),
            _ => Ok(next),
        }
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        let operation = Operation::on("delete", "document", key)?;
        let delete = |shard: &Shard| changing(&script::DELETE, shard).text(key).number(expected);
        let deleted: Result<u64, _> = self.in_shard_of(key, delete).await;
        match deleted.map_err(|failure| failure.of(operation))? {
            0 => Err(operation.failed(StoreErrorKind::Conflict)),
            _ => Ok(()),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        let operation = Operation::on("list", "documents", prefix)?;
        Operation::on("list", "documents", after.unwrap_or_default())?;
        self.list_all(prefix, after, limit).await.map_err(|failure| failure.of(operation))
    }
}

impl RedisStore {
    async fn list_all(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, Failure> {
        let present: Present = self.link.present().await?;
        Merge::new(&self.link, &present, prefix, after, limit).run().await
    }
}

fn changing<'a>(script: &'static Script, shard: &Shard) -> Call<'a> {
    Call::new(script, [shard.key("versions"), shard.key("values"), shard.key("names")])
}
