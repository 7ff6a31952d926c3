//! Events as the API writes them, one after the other.

use upto::wire::Status;

use super::super::EventResource;
use crate::decode::BodyError;
use crate::decode::draft::{Destination, Draft, DraftValue};
use crate::timeline::{AttributeValue, Event, State};

/// The messages for the events, all of which go to one timeline.
pub(super) fn drafts<'a>(
    body: &'a [u8],
    to: Destination<'a>,
) -> impl Iterator<Item = Result<Draft<'a>, BodyError>> {
    let events = serde_json::Deserializer::from_slice(body).into_iter::<EventResource>();
    (1_u64..).zip(events).map(move |(number, event)| {
        let event = event.map_err(|error| match error.is_data() {
            true => BodyError::Meaning(error.to_string()),
            false => BodyError::Syntax(error.to_string()),
        })?;
        let draft = event.to_event().ok_or("a time or the state is none".to_owned());
        let draft = draft.and_then(|event| draft_of(&event, to));
        draft.map_err(|problem| BodyError::Meaning(format!("event {number}: {problem}")))
    })
}

fn draft_of<'a>(event: &Event, to: Destination<'a>) -> Result<Draft<'a>, String> {
    let mut draft = Draft {
        context: to.context.into(),
        timeline: to.timeline.into(),
        name: event.name.to_string().into(),
        host: event.host.to_string().into(),
        id: event.id,
        parent: event.parent,
        status: match event.state {
            State::Failed => Status::Failed,
            State::Cancelled => Status::Cancelled,
            _ => Status::Ok,
        },
        ..Draft::default()
    };
    if !draft.set_times(event.start, event.end, event.state == State::Point) {
        return Err("it has neither a start nor an end".to_owned());
    }
    for (key, value) in &event.attributes {
        draft.attributes.add(key.to_string(), value_of(value));
    }
    draft.attributes.note_truncated(event.truncated);
    draft.set_text(event.text.to_string().into());
    draft.fault().map_or(Ok(draft), Err)
}

fn value_of(value: &AttributeValue) -> DraftValue<'static> {
    match value {
        AttributeValue::Bool(value) => DraftValue::Bool(*value),
        AttributeValue::Int(value) => DraftValue::Int(*value),
        AttributeValue::Uint(value) => DraftValue::Uint(*value),
        AttributeValue::Float(value) => DraftValue::Float(*value),
        AttributeValue::Text(value) => DraftValue::Text(value.to_string().into()),
    }
}
