//! The contexts that a caller may see, among others.

use std::sync::Arc;

use super::App;
use crate::catalog::Context;
use crate::doors::Caller;

/// Contexts that are looked at in one go.
const PAGE: usize = 1_000;

/// Up to `limit` of them behind the name `after`, in the order of their names.
pub(super) fn after(app: &App, caller: &Caller, after: Option<&str>, limit: usize) -> Vec<Arc<Context>> {
    if caller.is_for_all() {
        return app.catalog.contexts_after(after, limit);
    }
    let (mut found, mut last) = (Vec::new(), after.map(Arc::from));
    while found.len() < limit {
        let page = app.catalog.contexts_after(last.as_deref(), PAGE);
        let Some(next) = page.last() else { break };
        last = Some(next.name().clone());
        found.extend(page.into_iter().filter(|context| caller.is_for(context.name())));
    }
    found.truncate(limit);
    found
}

/// Up to `limit` of them before the name `before`, likewise.
pub(super) fn before(app: &App, caller: &Caller, before: &str, limit: usize) -> Vec<Arc<Context>> {
    if caller.is_for_all() {
        return app.catalog.contexts_before(before, limit);
    }
    let (mut found, mut first) = (Vec::new(), Arc::from(before));
    while found.len() < limit {
        let page = app.catalog.contexts_before(&first, PAGE);
        let Some(next) = page.first() else { break };
        first = next.name().clone();
        found.extend(page.into_iter().rev().filter(|context| caller.is_for(context.name())));
    }
    found.truncate(limit);
    found.reverse();
    found
}
