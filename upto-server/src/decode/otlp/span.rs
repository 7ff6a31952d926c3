//! A span as messages: one with its end and its start, and one for each of its events.

use std::borrow::Cow;
use std::fmt::Write as _;

use upto::wire::{Kind, Status};

use super::super::draft::{Attributes, Destination, Draft, DraftValue, derived_id, segment};
use super::{OtlpRules, OtlpTimeline};

/// Events of one span.
pub(super) const EVENTS: usize = 1_024;
/// Links of one span.
pub(super) const LINKS: usize = 128;
/// The scope of spans that this server has exported: their attributes say what OTLP has no fields for.
pub(crate) const OWN_SCOPE: &str = "upto";

/// What all spans of a resource and a scope share.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings<'a> {
    /// `service.name`.
    pub(super) service: Option<Cow<'a, str>>,
    /// `host.name`.
    pub(super) host: Cow<'a, str>,
    /// What else the resource says.
    pub(super) resource: Attributes<'a>,
    pub(super) scope: Cow<'a, str>,
    pub(super) scope_version: Cow<'a, str>,
}

impl<'a> Surroundings<'a> {
    /// Those of a resource with these attributes.
    pub(super) fn of(mut resource: Attributes<'a>) -> Self {
        let mut text =
            |key| resource.remove(key).and_then(DraftValue::into_text).filter(|text| !text.is_empty());
        let (service, host) = (text("service.name"), text("host.name").unwrap_or_default());
        Surroundings { service, host, resource, ..Surroundings::default() }
    }
}

/// A span as it was sent; an empty text, 0 and zeros are "not given".
#[derive(Clone, Debug, Default)]
pub(super) struct Span<'a> {
    pub(super) trace: [u8; 16],
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) name: Cow<'a, str>,
    pub(super) kind: u64,
    /// Nanoseconds since the epoch.
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) attributes: Attributes<'a>,
    pub(super) has_failed: bool,
    pub(super) message: Cow<'a, str>,
    pub(super) events: Vec<SpanEvent<'a>>,
    pub(super) links: Vec<u64>,
}

/// Something that happened within a span.
#[derive(Clone, Debug, Default)]
pub(super) struct SpanEvent<'a> {
    pub(super) time: u64,
    pub(super) name: Cow<'a, str>,
    pub(super) attributes: Attributes<'a>,
}

impl<'a> Span<'a> {
    /// Its messages, at most `room`.
    ///
    /// # Errors
    /// Why it can't be an event.
    pub(super) fn drafts(
        mut self,
        around: &Surroundings<'a>,
        rules: &'a OtlpRules,
        destination: Option<Destination<'a>>,
        room: usize,
    ) -> Result<Vec<Draft<'a>>, Cow<'static, str>> {
        let is_own = around.scope == OWN_SCOPE;
        let own = if is_own { Own::take(&mut self.attributes) } else { Own::default() };
        let mut draft = Draft {
            context: around.service.clone().unwrap_or(Cow::Borrowed(&rules.context)),
            timeline: self.timeline(rules),
            name: name(std::mem::take(&mut self.name), rules.dots_are_levels || own.is_path),
            host: around.host.clone(),
            id: if own.has_no_id { 0 } else { self.id },
            parent: self.parent,
            status: self.status(&own),
            ..Draft::default()
        };
        if let Some(Destination { context, timeline }) = destination {
            (draft.context, draft.timeline) = (context.into(), timeline.into());
        }
        if !draft.set_times(instant(self.start)?, instant(self.end)?, own.is_point) {
            return Err("a span has neither a start nor an end".into());
        }
        let (id, events) = (self.id, std::mem::take(&mut self.events));
        self.describe(&mut draft, around, rules, &own);
        if let Some(fault) = draft.fault() {
            return Err(format!("a span is refused: {fault}").into());
        }
        draft.attributes.note_truncated(events.len() >= room);
        let points = points(&draft, id, events, rules.dots_are_levels, room.saturating_sub(1));
        Ok(std::iter::once(draft).chain(points).collect())
    }

    fn timeline(&self, rules: &OtlpRules) -> Cow<'a, str> {
        match rules.timeline {
            OtlpTimeline::Trace => hex(&self.trace).into(),
            OtlpTimeline::Active => "".into(),
        }
    }

    fn status(&self, own: &Own) -> Status {
        match (self.has_failed, own.is_cancelled) {
            (true, _) => Status::Failed,
            (false, true) => Status::Cancelled,
            (false, false) => Status::Ok,
        }
    }

    /// Gives the draft its text and attributes: the span's own first.
    fn describe(self, draft: &mut Draft<'a>, around: &Surroundings<'a>, rules: &OtlpRules, own: &Own) {
        let is_entry = self.parent == 0 || matches!(self.kind, 2 | 5);
        draft.attributes = self.attributes;
        draft.attributes.note_truncated(own.is_truncated);
        draft.set_text(self.message);
        if let Some(kind) = kind(self.kind) {
            draft.attributes.add("span.kind", DraftValue::Text(kind.into()));
        }
        if !self.links.is_empty() {
            let ids = self.links.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
            draft.attributes.add("follows", DraftValue::Text(ids.into()));
        }
        if rules.timeline == OtlpTimeline::Active {
            draft.attributes.add("trace_id", DraftValue::Text(hex(&self.trace).into()));
        }
        if around.scope == OWN_SCOPE {
            return;
        }
        for (key, value) in
            [("otel.scope.name", &around.scope), ("otel.scope.version", &around.scope_version)]
        {
            if !value.is_empty() {
                draft.attributes.add(key, DraftValue::Text(value.clone()));
            }
        }
        if is_entry {
            draft.attributes.extend(&around.resource);
        }
    }
}

/// What spans of [`OWN_SCOPE`] say in attributes.
#[derive(Clone, Copy, Debug, Default)]
struct Own {
    is_path: bool,
    is_point: bool,
    is_cancelled: bool,
    has_no_id: bool,
    is_truncated: bool,
}

impl Own {
    fn take(attributes: &mut Attributes<'_>) -> Self {
        let mut is = |key| attributes.remove(key) == Some(DraftValue::Bool(true));
        let [is_path, is_point, is_cancelled] = ["upto.path", "upto.point", "upto.cancelled"].map(&mut is);
        let [has_no_id, is_truncated] = ["upto.no_id", "upto.truncated"].map(&mut is);
        Own { is_path, is_point, is_cancelled, has_no_id, is_truncated }
    }
}

/// The events of a span as points.
fn points<'a>(
    span: &Draft<'a>,
    span_id: u64,
    events: Vec<SpanEvent<'a>>,
    dots_are_levels: bool,
    room: usize,
) -> impl Iterator<Item = Draft<'a>> + use<'a> {
    let base = Draft {
        context: span.context.clone(),
        timeline: span.timeline.clone(),
        host: span.host.clone(),
        ..Draft::default()
    };
    let point = move |(number, event): (u64, SpanEvent<'a>)| {
        let point = Draft {
            kind: Kind::Point,
            name: name(event.name, dots_are_levels),
            id: derived_id(&[span_id, number]),
            parent: span_id,
            time: instant(event.time).ok()??,
            attributes: event.attributes,
            ..base.clone()
        };
        point.fault().is_none().then_some(point)
    };
    (0..).zip(events).take(room).filter_map(point)
}

fn name(name: Cow<'_, str>, is_path: bool) -> Cow<'_, str> {
    match name {
        name if name.is_empty() => "unnamed".into(),
        name if is_path => name,
        name => segment(name),
    }
}

/// A time as it is kept; 0 is none.
fn instant(time: u64) -> Result<Option<i64>, Cow<'static, str>> {
    let time = i64::try_from(time).map_err(|_| "a span's time is after the year 2262")?;
    Ok(Some(time).filter(|time| *time != 0))
}

fn kind(kind: u64) -> Option<&'static str> {
    match kind {
        2 => Some("server"),
        3 => Some("client"),
        4 => Some("producer"),
        5 => Some("consumer"),
        _ => None,
    }
}

/// A trace's id as it is written everywhere.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The two ids of a span, which it has to have.
///
/// # Errors
/// Which of them is none.
pub(super) fn ids(trace: &[u8], span: &[u8]) -> Result<([u8; 16], u64), Cow<'static, str>> {
    let trace: [u8; 16] = trace.try_into().map_err(|_| "the trace id of a span is not 16 bytes long")?;
    let span = id(span).ok_or("the id of a span is not 8 bytes long")?;
    if trace == [0; 16] || span == 0 {
        return Err("an id of a span is all zeros".into());
    }
    Ok((trace, span))
}

/// The id of another span.
pub(super) fn id(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}
