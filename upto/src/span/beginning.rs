//! What the event of a span begins with.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use crate::path::{CallSite, Given};
use crate::value::Value;

/// A place in a program's code where spans are made. Lives for ever.
#[derive(Debug)]
pub struct Site {
    pub(crate) call_site: CallSite,
    tag: &'static (dyn Any + Send + Sync),
}

impl Site {
    /// A place whose spans are named `name`, one segment of a path ([`escape`](crate::escape)), and have attributes with
    /// these keys. `tag` is the caller's.
    #[must_use]
    pub fn new(
        name: &'static str,
        keys: &'static [&'static str],
        tag: &'static (dyn Any + Send + Sync),
    ) -> Self {
        Site { call_site: CallSite::new(name, keys), tag }
    }

    /// Likewise, one that stays for ever.
    #[cfg(test)]
    pub(crate) fn leak(
        name: &'static str,
        keys: &'static [&'static str],
        tag: &'static (dyn Any + Send + Sync),
    ) -> &'static Self {
        Box::leak(Box::new(Self::new(name, keys, tag)))
    }

    /// What the caller has given it.
    #[must_use]
    pub fn tag(&self) -> &'static (dyn Any + Send + Sync) {
        self.tag
    }

    /// Its spans' name as a segment of a path.
    pub(crate) fn name(&self) -> &'static str {
        self.call_site.name()
    }
}

/// Which event another one is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The current one.
    Current,
    /// None but the process's own.
    Root,
    /// That of the span of this number; none, if that has none.
    Span(u64),
}

/// What the event of a span begins with, if it is more than its place says. Texts that are empty say nothing.
#[derive(Debug, Default)]
pub struct Beginning {
    /// Instead of the place's name: one segment, whatever is in it.
    pub name: Option<String>,
    /// The context, if it is not the parent's.
    pub context: Option<String>,
    /// The timeline, if it is not the parent's.
    pub timeline: Option<String>,
    /// The host, if it is not the parent's.
    pub host: Option<String>,
    /// The attributes.
    pub attributes: Vec<(Cow<'static, str>, Value)>,
}

impl Beginning {
    pub(super) fn given(&self) -> Given {
        let given = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(Arc::from);
        Given { context: given(&self.context), timeline: given(&self.timeline), host: given(&self.host) }
    }
}
