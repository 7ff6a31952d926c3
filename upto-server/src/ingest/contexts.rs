//! The contexts of a batch, ready to take marks: it is known which events are open in their timelines.

use std::collections::HashMap;
use std::sync::Arc;

use upto::wire::Batch;

use super::runs::Run;
use super::{Ingest, Refusal, assign, refused};
use crate::catalog::Context;

/// Contexts by the names that the messages of a batch call them.
pub(super) type Contexts<'b> = HashMap<&'b str, Arc<Context>>;

impl Ingest {
    /// All of them, made if need be, as what the store has makes them ready.
    pub(super) async fn contexts_of<'b>(
        &self,
        batch: &Batch<'b>,
        runs: &[Run<'_, 'b>],
    ) -> Result<Contexts<'b>, Refusal> {
        let store = self.catalog.store().as_ref();
        let mut contexts = Contexts::new();
        for name in names(runs) {
            if !contexts.contains_key(name) {
                let context = self.catalog.context_or_new(name);
                context.warm(store).await.map_err(refused)?;
                contexts.insert(name, context);
            }
        }
        for context in self.behind(batch, &contexts) {
            context.follow(store).await.map_err(refused)?;
        }
        Ok(contexts)
    }

    /// All of them, if they are known and ready.
    pub(super) fn known_contexts_of<'b>(
        &self,
        batch: &Batch<'b>,
        runs: &[Run<'_, 'b>],
    ) -> Option<Contexts<'b>> {
        let mut contexts = Contexts::new();
        for name in names(runs) {
            if !contexts.contains_key(name) {
                let context = self.catalog.context(name).filter(|context| context.is_warm())?;
                contexts.insert(name, context);
            }
        }
        let is_behind = self.behind(batch, &contexts).any(|context| !context.is_followed());
        (!is_behind).then_some(contexts)
    }

    /// For each message that may belong to an event which another server knows to be open, its context.
    fn behind<'a>(
        &self,
        batch: &'a Batch<'_>,
        contexts: &'a Contexts<'_>,
    ) -> impl Iterator<Item = &'a Arc<Context>> {
        let messages = if self.catalog.store().is_shared() { batch.messages.as_slice() } else { &[] };
        let unnamed = messages.iter().filter(|message| message.timeline.is_empty() && assign::joins(message));
        unnamed.filter_map(|message| {
            let context = contexts.get(message.context)?;
            let is_known = || context.where_open(message.name, message.host, message.id).is_some();
            (context.has_earlier() && !is_known()).then_some(context)
        })
    }
}

/// What the messages call their contexts.
fn names<'b>(runs: &[Run<'_, 'b>]) -> impl Iterator<Item = &'b str> {
    runs.iter().filter_map(|run| run.first()).map(|message| message.context)
}
