//! Storing a commit: all of it at once, or, where something in the store is damaged, all but what is for that.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::commit::Commit;
use crate::catalog::Timeline;
use crate::catalog::block::Block;
use crate::store::{Append, Store, StoreError, StoreErrorKind};
use crate::timeline::Fold;

/// Documents of new timelines that are put at the same time: the store takes them together, or one while another travels.
const DOCUMENTS_AT_ONCE: usize = 64;
/// A stream for finding out whether anything can be appended. It is dropped again at once.
const TRIAL: &str = "trial";

/// The streams to which nothing can be appended though that is possible elsewhere, and why.
pub(super) type LeftOut = BTreeMap<String, Arc<StoreError>>;

/// Stores a commit; what of it had to be left out, because what is in the store of that timeline is damaged for good:
/// all others must not wait for somebody who mends it.
///
/// # Errors
/// What the store says, if it may take all of it later, or takes nothing at all.
pub(super) async fn store(store: &Arc<dyn Store>, commit: &Commit) -> Result<LeftOut, StoreError> {
    match store_all(store, commit).await {
        Err(problem) if problem.kind().is_lasting() => store_sound(store, commit, problem).await,
        stored => stored.map(|()| LeftOut::new()),
    }
}

async fn store_all(store: &Arc<dyn Store>, commit: &Commit) -> Result<(), StoreError> {
    let new = commit.timelines.iter().filter(|timeline| timeline.new_document().is_some());
    let documents: Vec<_> = new.map(|timeline| document(store.clone(), timeline.clone())).collect();
    stream::iter(documents).buffer_unordered(DOCUMENTS_AT_ONCE).try_collect::<()>().await?;
    if commit.appends.is_empty() { Ok(()) } else { store.append(commit.appends.clone()).await }
}

/// Sees to it that a timeline has its document before it has marks.
async fn document(store: Arc<dyn Store>, timeline: Arc<Timeline>) -> Result<(), StoreError> {
    let Some(document) = timeline.new_document() else { return Ok(()) };
    match store.put(&document.key(), None, document.encode()?).await {
        Ok(_) => timeline.set_documented(),
        // It is there: from a try whose answer was lost.
        Err(error) if error.kind() == StoreErrorKind::Conflict => timeline.set_documented(),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Stores what can be stored, if anything can.
async fn store_sound(
    store: &Arc<dyn Store>,
    commit: &Commit,
    problem: StoreError,
) -> Result<LeftOut, StoreError> {
    let mut left_out = LeftOut::new();
    for timeline in &commit.timelines {
        match document(store.clone(), timeline.clone()).await {
            Err(problem) if problem.kind().is_lasting() => {
                left_out.insert(timeline.stream().to_owned(), Arc::new(problem));
            }
            done => done?,
        }
    }
    let of_one_stream = commit.appends.chunk_by(|one, next| one.stream == next.stream);
    let streams: Vec<_> =
        of_one_stream.filter(|appends| !left_out.contains_key(&appends[0].stream)).collect();
    let has_stored = append_sound(store, &streams, &mut left_out).await?;
    if !left_out.is_empty() && !has_stored && try_out(store).await.is_err() {
        return Err(problem);
    }
    Ok(left_out)
}

/// Appends to the streams that can be appended to, by halves, so that few damaged ones among many are found soon; whether
/// there was any.
async fn append_sound(
    store: &Arc<dyn Store>,
    streams: &[&[Append]],
    left_out: &mut LeftOut,
) -> Result<bool, StoreError> {
    let mut has_stored = false;
    // The first ones last.
    let mut parts = vec![Range { start: 0, end: streams.len() }];
    while let Some(part) = parts.pop().filter(|part| !part.is_empty()) {
        match store.append(streams[part.clone()].concat()).await {
            Ok(()) => has_stored = true,
            Err(problem) if problem.kind().is_lasting() && part.len() == 1 => {
                left_out.insert(streams[part.start][0].stream.clone(), Arc::new(problem));
            }
            Err(problem) if problem.kind().is_lasting() => {
                let middle = part.start + part.len() / 2;
                parts.extend([middle..part.end, part.start..middle]);
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(has_stored)
}

/// Whether anything can be appended: else the whole store is what is damaged, and nothing is given up for that.
async fn try_out(store: &Arc<dyn Store>) -> Result<(), StoreError> {
    store.append(vec![Append { stream: TRIAL.to_owned(), block: Vec::from(*b"trial") }]).await?;
    store.drop_stream(TRIAL).await
}

/// How many marks would have been appended.
pub(super) fn marks_in(append: &Append) -> u64 {
    let mut marks = 0;
    // It was just written, so that it can be read.
    let _ = Block::open(&append.block)
        .and_then(|block| block.apply_telling(&mut Fold::default(), |_, _, _| marks += 1));
    marks
}
