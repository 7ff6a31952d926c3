//! Events as the API writes them, one on each line.

use super::super::represent::EventResource;
use super::EventWriter;
use crate::timeline::Event;

pub(super) struct Writer;

impl EventWriter for Writer {
    fn begin(&mut self, _to: &mut Vec<u8>) {}

    fn write(&mut self, events: &[Event], to: &mut Vec<u8>) {
        for event in events {
            // Neither can writing to memory fail, nor what an event is made of.
            let _ = serde_json::to_writer(&mut *to, &EventResource::from(event));
            to.push(b'\n');
        }
    }

    fn end(&mut self, _to: &mut Vec<u8>) {}
}
