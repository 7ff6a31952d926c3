//! Whatever arrives, the decoder answers, and forgets it.

use proptest::prelude::*;
use proptest::sample::Index;
use upto::wire::{Batch, Closing, DecodeError, Decoder, PacketDefaults, PacketWriter, limits};

use super::sent::{Sent, message};

/// Where random bytes alone would hardly ever come to.
const BEGINNINGS: &[&[u8]] = &[
    b"\x86\xa7context\xa1c\xa4type\0\xa4name\xa1n\xa5attrs",
    b"\x84\xa7context\xa1c\xa4type\0\xa4name\xa1n\xa4time",
    b"\x95\x01\x02\x03\x81\x01\xa1c\x92",
    b"\x95\x01\x02\x03\x81\x01\xa1c\x91\x95\0\xa1n\0\0",
    b"\x95\x01\x02\x03",
];

/// A single message or a packet.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        message().prop_map(|sent| sent.single()),
        prop::collection::vec(message(), 0..8).prop_map(packet)
    ]
}

fn packet(sent: Vec<Sent>) -> Vec<u8> {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::DATAGRAM_BYTES);
    for message in sent {
        writer.push(&message.message(), &message.attributes());
    }
    writer.finish(&Closing::default()).to_vec()
}

/// A place and what becomes of it: another byte, a byte more, some bytes less.
fn damage() -> impl Strategy<Value = (Index, u8, u8)> {
    (
        any::<Index>(),
        0..3_u8,
        prop_oneof![any::<u8>(), prop::sample::select(&[0x00, 0x80, 0x90, 0xc0, 0xdf, 0xff][..])],
    )
}

fn damaged(mut datagram: Vec<u8>, damages: &[(Index, u8, u8)]) -> Vec<u8> {
    for (place, kind, byte) in damages {
        if datagram.is_empty() {
            break;
        }
        // Most bytes of a long datagram are inside texts; what matters stands at the beginning.
        let place = place.index(datagram.len().min(300));
        match kind {
            0 => datagram[place] = *byte,
            1 => datagram.insert(place, *byte),
            _ => drop(datagram.drain(place..(place + usize::from(*byte % 8)).min(datagram.len()))),
        }
    }
    datagram
}

/// Everything that a batch gives access to can be read, and lies within the datagram.
fn read_all(datagram: &[u8], batch: &Batch<'_>) {
    let range = datagram.as_ptr_range();
    for message in &batch.messages {
        let keys = batch.attributes_of(message).iter().map(|(key, _)| *key);
        let names = [message.context, message.timeline, message.name, message.host, message.text];
        for text in keys.chain(names).filter(|text| !text.is_empty()) {
            assert!(range.contains(&text.as_ptr()), "texts are slices of the datagram");
        }
        assert_eq!(message.fault(), None);
        assert_eq!(batch.attributes_of(message).len(), message.attributes.len());
    }
}

fn owned(result: &Result<Batch<'_>, DecodeError>) -> Result<Vec<Sent>, DecodeError> {
    result.as_ref().map(Sent::all_of).map_err(|error| *error)
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut decoder = Decoder::new();
        if let Ok(batch) = decoder.decode(&bytes) {
            read_all(&bytes, &batch);
        }
        let _ = decoder.decode_singles(&bytes, 100);
    }

    #[test]
    fn any_bytes_behind_a_good_beginning_are_answered(
        beginning in prop::sample::select(BEGINNINGS),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = [beginning, &bytes].concat();
        if let Ok(batch) = Decoder::new().decode(&bytes) {
            read_all(&bytes, &batch);
        }
    }

    #[test]
    fn damaged_datagrams_are_answered(
        datagram in datagram(),
        damages in prop::collection::vec(damage(), 1..5),
        cut in any::<Index>(),
    ) {
        let damaged = damaged(datagram.clone(), &damages);
        for bytes in [&damaged[..], &damaged[..cut.index(damaged.len() + 1)], &datagram[..cut.index(datagram.len() + 1)]] {
            if let Ok(batch) = Decoder::new().decode(bytes) {
                read_all(bytes, &batch);
            }
        }
    }

    #[test]
    fn what_was_taken_from_damaged_singles_can_be_sent_again(sent in message(), damages in prop::collection::vec(damage(), 1..5)) {
        let bytes = damaged(sent.single(), &damages);
        let taken = Decoder::new().decode(&bytes).map(|batch| Sent::all_of(&batch));
        for message in taken.unwrap_or_default() {
            let again = message.single();
            prop_assert_eq!(Sent::all_of(&Decoder::new().decode(&again).unwrap()), [message]);
        }
    }

    #[test]
    fn a_decoder_forgets_what_it_has_read(
        datagrams in prop::collection::vec((datagram(), prop::collection::vec(damage(), 0..2), any::<bool>()), 1..8),
    ) {
        let mut decoder = Decoder::new();
        for (datagram, damages, recycled) in datagrams {
            let bytes = damaged(datagram, &damages);
            let result = decoder.decode(&bytes);
            let fresh = Decoder::new().decode(&bytes);
            prop_assert_eq!(owned(&result), owned(&fresh));
            prop_assert_eq!(&result, &fresh);
            if let (Ok(batch), true) = (result, recycled) {
                decoder.recycle(batch);
            }
        }
    }
}
