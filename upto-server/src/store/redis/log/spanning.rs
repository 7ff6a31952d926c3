//! Batches for streams in several slots of a cluster, which Redis can't change together.
//!
//! Each shard keeps its part aside (`staged`), the batch's home first. Moving the home's part into
//! its streams is the commit; it notes who takes part (`committed`), and the others' parts are
//! moved after that. So the batch is there wholly or not at all, as follows:
//!
//! - A part that is staged has a place in no stream yet, so a reader misses nothing by not seeing it.
//! - Who comes across a staged part, before reading or dropping a stream of that shard, asks the
//!   home: if the batch is committed, the reader moves all parts itself; if its home knows nothing
//!   of it, it never will be, and the part is thrown away.
//! - A batch that its home has staged for longer than [`PATIENCE`] is given up by whoever asks;
//!   its writer then finds its part gone and fails, with nothing stored.
//!
//! Moving a part twice does nothing the second time.

use std::time::Duration;

use futures_util::future::{try_join, try_join_all};
use redis::cmd;
use tokio::time::timeout;

use crate::store::Append;
use crate::store::redis::connection::{Link, Present};
use crate::store::redis::failure::Failure;
use crate::store::redis::script::{self, Call};
use crate::store::redis::shard::{Shard, Shards};

/// How long a batch may take until its commit before others give it up, in seconds. The longest
/// wait for a single answer is shorter.
const PATIENCE: u64 = 60;

/// How long a batch that failed is tried to be thrown away.
const DISCARD: Duration = Duration::from_secs(1);

/// What a batch has for one shard.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) shard: Shard,
    pub(super) appends: Vec<&'a Append>,
}

/// Divides a batch, each part in the order of the batch.
pub(super) fn parts<'a>(shards: &Shards, appends: &'a [Append]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for append in appends {
        let shard = shards.of(&append.stream);
        match parts.iter_mut().find(|part| part.shard == shard) {
            Some(part) => part.appends.push(append),
            None => parts.push(Part { shard, appends: vec![append] }),
        }
    }
    parts
}

/// Appends parts of several shards; the first is the home.
pub(super) async fn append(link: &Link, present: &Present, parts: &[Part<'_>]) -> Result<(), Failure> {
    let Some((home, others)) = parts.split_first() else { return Ok(()) };
    let batch: String = link.run(present, &stage(home, "")).await?;
    let staged = others.iter().map(|part| stage_other(link, present, part, &batch));
    if let Err(failure) = try_join_all(staged).await {
        // Where this fails too, it is given up in time. Who waits for the batch has waited for an answer already.
        let discard = discard(&home.shard, &batch);
        let _ = timeout(DISCARD, link.run::<u64>(present, &discard)).await;
        return Err(failure);
    }
    let all: Vec<_> = parts.iter().map(|part| part.shard.clone()).collect();
    let committed: u64 = link.run(present, &move_part(&home.shard, &batch, &list(&all))).await?;
    if committed == 0 {
        return Err(Failure::GivenUp);
    }
    finish(link, present, &home.shard, &batch, &all).await
}

async fn stage_other(
    link: &Link,
    present: &Present,
    part: &Part<'_>,
    batch: &str,
) -> Result<String, Failure> {
    link.run(present, &stage(part, batch)).await
}

/// Moves all parts of a committed batch and forgets it.
async fn finish(
    link: &Link,
    present: &Present,
    home: &Shard,
    batch: &str,
    shards: &[Shard],
) -> Result<(), Failure> {
    let moves = shards
        .iter()
        .filter(|shard| *shard != home)
        .map(|shard| async move { link.run::<u64>(present, &move_part(shard, batch, "")).await });
    try_join_all(moves).await?;
    let mut forget = cmd("HDEL");
    forget.arg(home.key("committed")).arg(batch);
    link.command(present, &forget).await.map(|_count: u64| ())
}

/// Brings every batch that this shard has a part of to its end, if it has one yet.
pub(super) async fn settle(link: &Link, present: &Present, shard: &Shard) -> Result<(), Failure> {
    settle_those(link, present, shard, "staged").await
}

/// Brings everything to its end, also what is only waiting to be forgotten.
pub(super) async fn sweep(link: &Link, present: &Present) -> Result<(), Failure> {
    let shards: Vec<_> = present.shards.all().collect();
    let sweeps = shards.iter().map(|shard| {
        try_join(
            settle_those(link, present, shard, "staged"),
            settle_those(link, present, shard, "committed"),
        )
    });
    try_join_all(sweeps).await.map(|_all| ())
}

async fn settle_those(link: &Link, present: &Present, shard: &Shard, kind: &str) -> Result<(), Failure> {
    let mut command = cmd("HKEYS");
    command.arg(shard.key(kind));
    let batches: Vec<String> = link.command(present, &command).await?;
    for batch in batches {
        settle_batch(link, present, shard, &batch).await?;
    }
    Ok(())
}

async fn settle_batch(link: &Link, present: &Present, shard: &Shard, batch: &str) -> Result<(), Failure> {
    let home = home(&present.shards, batch)?;
    let fate: String = link.run(present, &decide(&home, batch)).await?;
    match fate.as_str() {
        "?" => Ok(()),
        "" if home == *shard => Ok(()),
        "" => link.run(present, &discard(shard, batch)).await.map(|_count: u64| ()),
        numbers => finish(link, present, &home, batch, &shards(&present.shards, numbers)?).await,
    }
}

fn stage<'a>(part: &Part<'a>, batch: &str) -> Call<'a> {
    let call = Call::new(&script::STAGE, [part.shard.key("staged"), part.shard.key("numbers")])
        .bytes(batch.to_owned().into_bytes())
        .number(part.shard.number.into())
        .bytes(part.shard.named("part", ""));
    part.appends.iter().fold(call, |call, append| call.text(&append.stream).bytes(append.block.as_slice()))
}

fn move_part<'a>(shard: &Shard, batch: &'a str, shards: &'a str) -> Call<'a> {
    let keys =
        [shard.named("part", batch), shard.key("staged"), shard.key("numbers"), shard.key("committed")];
    Call::new(&script::MOVE, keys).text(batch).bytes(shard.named("stream", "")).text(shards)
}

fn decide<'a>(home: &Shard, batch: &'a str) -> Call<'a> {
    let keys = [home.named("part", batch), home.key("staged"), home.key("committed")];
    Call::new(&script::DECIDE, keys).text(batch).number(PATIENCE)
}

fn discard<'a>(shard: &Shard, batch: &'a str) -> Call<'a> {
    Call::new(&script::DISCARD, [shard.named("part", batch), shard.key("staged")]).text(batch)
}

fn list(shards: &[Shard]) -> String {
    shards.iter().map(|shard| shard.number.to_string()).collect::<Vec<_>>().join(",")
}

fn shards(all: &Shards, numbers: &str) -> Result<Vec<Shard>, Failure> {
    numbers.split(',').map(|number| shard(all, number)).collect()
}

/// A batch is named after its home: `3-17`.
fn home(all: &Shards, batch: &str) -> Result<Shard, Failure> {
    shard(all, batch.split('-').next().unwrap_or_default())
}

fn shard(all: &Shards, number: &str) -> Result<Shard, Failure> {
    let shard = number.parse().ok().and_then(|number| all.get(number));
    shard.ok_or(Failure::Unexpected("a batch of a shard that there is not"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(stream: &str) -> Append {
        Append { stream: stream.to_owned(), block: Vec::new() }
    }

    #[test]
    fn a_batch_is_divided_in_its_order() {
        let shards = Shards::new("upto", 64);
        let appends = ["a", "b", "a", "c", "b"].map(append);
        let parts = parts(&shards, &appends);
        let streams =
            |part: &Part<'_>| part.appends.iter().map(|append| append.stream.clone()).collect::<String>();
        assert_eq!(parts.iter().map(streams).collect::<Vec<_>>(), ["aa", "bb", "c"]);
    }

    #[test]
    fn shards_read_back_as_they_are_written() {
        let all = Shards::new("upto", 64);
        let some: Vec<_> = [3, 0, 63].into_iter().filter_map(|number| all.get(number)).collect();
        assert_eq!(shards(&all, &list(&some)).expect("shards"), some);
        assert_eq!(home(&all, "3-17").expect("a shard"), some[0]);
        assert!(shards(&all, "64").is_err() && home(&all, "x").is_err());
    }
}
