//! One list from those of all shards.

use std::collections::VecDeque;

use futures_util::future::try_join_all;

use crate::store::Document;
use crate::store::redis::connection::{Link, Present};
use crate::store::redis::failure::Failure;
use crate::store::redis::script::{self, Call};
use crate::store::redis::shard::Shard;

/// How many documents are asked for at a time at most.
const LARGEST_PAGE: usize = 1024;

/// How many bytes of values fill a page, so that Redis is soon there for others.
const PAGE_BYTES: u64 = 8 * 1024 * 1024;

/// No byte of UTF-8: behind every key with a prefix.
const AFTER_ALL_TEXT: u8 = 0xff;

type Row = (Vec<u8>, u64, Vec<u8>);

/// A list in the making.
pub(super) struct Merge<'a> {
    link: &'a Link,
    present: &'a Present,
    prefix: &'a str,
    limit: usize,
    page: usize,
    sources: Vec<Source>,
}

/// What is known of a shard's list.
struct Source {
    shard: Shard,
    /// Where its next page begins, as Redis writes it.
    from: Vec<u8>,
    next: VecDeque<(String, Document)>,
    is_done: bool,
}

impl<'a> Merge<'a> {
    pub(super) fn new(
        link: &'a Link,
        present: &'a Present,
        prefix: &'a str,
        after: Option<&str>,
        limit: usize,
    ) -> Self {
        let from = match after {
            Some(after) if after >= prefix => bound(b'(', after),
            _ => bound(b'[', prefix),
        };
        let source = |shard| Source { shard, from: from.clone(), next: VecDeque::new(), is_done: false };
        let sources: Vec<_> = present.shards.all().map(source).collect();
        // Somewhat more than each one's share, so that one round is mostly enough.
        let page =
            (limit / sources.len().max(1)).saturating_mul(2).saturating_add(8).min(limit).min(LARGEST_PAGE);
        Merge { link, present, prefix, limit, page, sources }
    }

    pub(super) async fn run(mut self) -> Result<Vec<(String, Document)>, Failure> {
        let mut found = Vec::new();
        while found.len() < self.limit {
            self.fill().await?;
            let Some(next) = self.least() else { break };
            found.push(next);
        }
        Ok(found)
    }

    /// Sees to it that the next document of every shard is known.
    async fn fill(&mut self) -> Result<(), Failure> {
        let (link, present, prefix, page) = (self.link, self.present, self.prefix, self.page);
        let empty = self.sources.iter_mut().filter(|source| source.next.is_empty() && !source.is_done);
        try_join_all(empty.map(|source| source.read(link, present, prefix, page))).await.map(|_all| ())
    }

    fn least(&mut self) -> Option<(String, Document)> {
        let sources = self.sources.iter_mut().filter(|source| !source.next.is_empty());
        let least = sources.min_by(|one, other| one.key().cmp(&other.key()));
        least.and_then(|source| source.next.pop_front())
    }
}

impl Source {
    fn key(&self) -> Option<&str> {
        self.next.front().map(|(key, _)| key.as_str())
    }

    async fn read(
        &mut self,
        link: &Link,
        present: &Present,
        prefix: &str,
        page: usize,
    ) -> Result<(), Failure> {
        let to = [b"(", prefix.as_bytes(), &[AFTER_ALL_TEXT]].concat();
        let keys = ["versions", "values", "names"].map(|kind| self.shard.key(kind));
        let list = Call::new(&script::LIST, keys)
            .bytes(self.from.clone())
            .bytes(to)
            .number(page as u64)
            .number(PAGE_BYTES);
        let (is_last, rows): (u64, Vec<Row>) = link.run(present, &list).await?;
        self.is_done = is_last != 0;
        self.next = rows.into_iter().map(document).collect::<Result<_, _>>()?;
        if let Some((last, _)) = self.next.back() {
            self.from = bound(b'(', last);
        }
        Ok(())
    }
}

/// Where a range of keys begins: at a key, or after it.
fn bound(kind: u8, key: &str) -> Vec<u8> {
    [&[kind], key.as_bytes()].concat()
}

fn document((key, version, value): Row) -> Result<(String, Document), Failure> {
    let key = String::from_utf8(key).map_err(|_| Failure::Unexpected("a key that is not text"))?;
    Ok((key, Document { version, value }))
}
