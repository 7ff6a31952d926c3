//! Who asks, and for which contexts.

use std::sync::Arc;

use axum::http::StatusCode;
use upto::wire::Batch;

use super::scope::Scope;
use super::token::Token;
use crate::api::Problem;
use crate::catalog::Catalog;

/// Who sent a request. Every request has one among its extensions once it is let in.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Somebody who needs no token, and may do everything.
    Anybody,
    /// Who holds this token.
    Holder(Arc<Token>),
    /// Who shows a certificate that says the same as this token would.
    Certified(Arc<Token>),
}

impl Caller {
    /// Whether the context is one that this caller may do with what the request does.
    pub(crate) fn is_for(&self, context: &str) -> bool {
        match self {
            Caller::Anybody => true,
            Caller::Holder(token) | Caller::Certified(token) => token.is_for(context),
        }
    }

    /// # Errors
    /// The context is not one for this caller.
    pub(crate) fn expect_for(&self, context: &str) -> Result<(), Problem> {
        if self.is_for(context) { Ok(()) } else { Err(not_for(context)) }
    }

    /// Whether all contexts are for this caller.
    pub(crate) fn is_for_all(&self) -> bool {
        match self {
            Caller::Anybody => true,
            Caller::Holder(token) | Caller::Certified(token) => token.is_for_all(),
        }
    }

    /// # Errors
    /// A message is for a context that is not one for this caller. Every way in has to ask this.
    ///
    /// A context that was renamed is meant by its present name, whichever one the sender knows.
    pub(crate) fn expect_for_batch(&self, catalog: &Catalog, batch: &Batch<'_>) -> Result<(), Problem> {
        if self.is_for_all() {
            return Ok(());
        }
        // A service is a name like a context's, for who may do what with it.
        batch.reports.iter().try_for_each(|report| self.expect_for(report.name))?;
        let mut contexts: Vec<_> = batch.messages.iter().map(|message| message.context).collect();
        contexts.sort_unstable();
        contexts.dedup();
        contexts.into_iter().try_for_each(|name| match catalog.context(name) {
            Some(context) => self.expect_for(context.name()),
            None => self.expect_for(name),
        })
    }

    /// Whether this caller may do what needs this scope.
    pub(crate) fn allows(&self, scope: Scope) -> bool {
        match self {
            Caller::Anybody => true,
            Caller::Holder(token) | Caller::Certified(token) => token.allows(scope),
        }
    }
}

fn not_for(context: &str) -> Problem {
    let short: String = context.chars().take(100).collect();
    Problem::new(StatusCode::FORBIDDEN, format!("this token is not for {short:?}"))
}
