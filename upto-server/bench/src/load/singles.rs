//! Single messages, as scripts and old clients send them: a datagram each.

use std::collections::BTreeMap;

use upto::wire::{Message, encode_single};

use super::events::Load;
use super::{Run, Size, TOGETHER, message};

/// The starts and ends of so many events. Those of one length are sent together, since `UDP_SEGMENT` wants that.
pub(crate) fn singles(events: usize) -> (Vec<Run>, Size) {
    let (mut runs, mut open) = (Vec::new(), BTreeMap::new());
    let (mut size, mut datagram) = (Size { events: events as u64, ..Size::default() }, Vec::new());
    Load::default().for_each_block(events, TOGETHER, |marks| {
        marks.for_each(|mark| {
            datagram.clear();
            // Old clients do not say when what ends has begun.
            encode_single(&Message { started: None, ..message(mark) }, &[], &mut datagram);
            let run: &mut Run = open.entry(datagram.len()).or_insert_with(|| Run::of(datagram.len()));
            run.push(&datagram, 1);
            if !run.is_open() {
                runs.push(std::mem::replace(run, Run::of(datagram.len())));
            }
            size.datagrams += 1;
        });
    });
    runs.extend(open.into_values().filter(|run| !run.bytes.is_empty()));
    size.messages = size.datagrams;
    (runs, size)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use upto::wire::{Decoder, Kind};

    use super::*;

    #[test]
    fn each_event_starts_and_ends_once() {
        let (runs, size) = singles(1_000);
        let (mut decoder, mut seen) = (Decoder::new(), HashSet::new());
        for datagram in runs.iter().flat_map(Run::datagrams) {
            let batch = decoder.decode(datagram).expect("a message");
            let [message] = &batch.messages[..] else { panic!("one message: {batch:?}") };
            assert!((80..120).contains(&datagram.len()), "{} bytes", datagram.len());
            assert!(seen.insert((message.kind == Kind::Start, message.id)));
        }
        assert_eq!(seen.len(), 2_000);
        assert_eq!(size, Size { events: 1_000, messages: 2_000, datagrams: 2_000 });
        assert_eq!(runs.iter().map(|run| run.messages).sum::<u64>(), 2_000);
    }
}
