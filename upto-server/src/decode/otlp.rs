//! OTLP: the spans of a request as messages. Spans that can't be events are counted, and do not hold up the others.
//!
//! Both encodings are read without making anything of what is over a limit: a request can't take more memory than a small
//! multiple of its own length.

mod fields;
mod json;
mod nested;
mod protobuf;
mod span;

use std::borrow::Cow;

pub(crate) use self::span::OWN_SCOPE;
use self::span::{Span, Surroundings};
use super::draft::{Destination, Draft};
use super::{BodyError, MESSAGES};

/// What a trace becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtlpTimeline {
    /// A timeline of its own, named by the trace's id.
    #[default]
    Trace,
    /// A part of the context's active timeline.
    Active,
}

/// How spans become events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpRules {
    /// What a trace becomes.
    pub timeline: OtlpTimeline,
    /// The context of spans whose resource has no `service.name`.
    pub context: String,
    /// Dots in the names of spans make levels; else they are part of the name.
    pub dots_are_levels: bool,
}

impl Default for OtlpRules {
    fn default() -> Self {
        OtlpRules {
            timeline: OtlpTimeline::default(),
            context: "unknown_service".to_owned(),
            dots_are_levels: false,
        }
    }
}

/// The messages of a request, and what of it became none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decoded<'a> {
    pub(crate) drafts: Vec<Draft<'a>>,
    /// Spans that were not taken.
    pub(crate) rejected: u64,
    /// Why the first one of them was not.
    pub(crate) reason: String,
}

/// A request as protobuf.
///
/// # Errors
/// [`BodyError::Syntax`]: it is not a request.
pub(crate) fn protobuf<'a>(
    body: &'a [u8],
    rules: &'a OtlpRules,
    destination: Option<Destination<'a>>,
) -> Result<Decoded<'a>, BodyError> {
    let mut taking = Taking { decoded: Decoded::default(), rules, destination };
    protobuf::request(body, &mut taking).map_err(|malformed| BodyError::Syntax(malformed.to_string()))?;
    Ok(taking.finish())
}

/// A request as JSON.
///
/// # Errors
/// [`BodyError::Syntax`] or [`BodyError::Meaning`]: it is not JSON, or not a request.
pub(crate) fn json<'a>(
    body: &'a [u8],
    rules: &'a OtlpRules,
    destination: Option<Destination<'a>>,
) -> Result<Decoded<'a>, BodyError> {
    let mut taking = Taking { decoded: Decoded::default(), rules, destination };
    json::request(body, &mut taking)?;
    Ok(taking.finish())
}

/// Spans one after the other, and the messages that they have become.
struct Taking<'a> {
    decoded: Decoded<'a>,
    rules: &'a OtlpRules,
    destination: Option<Destination<'a>>,
}

impl<'a> Taking<'a> {
    /// Takes a span; a reason instead of one counts as rejected.
    fn take(&mut self, span: Result<Span<'a>, Cow<'static, str>>, around: &Surroundings<'a>) {
        let is_full = self.decoded.drafts.len() >= MESSAGES;
        let taken = span.and_then(|span| match is_full {
            true => Err(format!("over {MESSAGES} spans and events in one request").into()),
            false => span.drafts(around, self.rules, self.destination, MESSAGES - self.decoded.drafts.len()),
        });
        match taken {
            Ok(drafts) => self.decoded.drafts.extend(drafts),
            Err(reason) => self.reject(&reason),
        }
    }

    fn reject(&mut self, reason: &str) {
        self.decoded.rejected += 1;
        if self.decoded.reason.is_empty() {
            reason.clone_into(&mut self.decoded.reason);
        }
    }

    /// Messages for one timeline follow one another, so that each is looked up once.
    fn finish(mut self) -> Decoded<'a> {
        self.decoded
            .drafts
            .sort_by(|one, other| (&one.context, &one.timeline).cmp(&(&other.context, &other.timeline)));
        self.decoded
    }
}

#[cfg(test)]
mod tests;
