//! Any bytes are answered, and what was taken from them can be sent again and comes back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upto::wire::{
    Batch, Closing, Decoder, Message, PacketDefaults, PacketWriter, Pushed, encode_single, limits,
};

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::new();
    let _ = decoder.decode_singles(bytes, 100);
    let Ok(batch) = decoder.decode(bytes) else { return };
    send_again_as_singles(&batch);
    send_again_in_packets(&batch);
    let first = batch.clone();
    decoder.recycle(batch);
    assert_eq!(decoder.decode(bytes), Ok(first), "a decoder that was used reads the same");
});

fn send_again_as_singles(batch: &Batch<'_>) {
    let (mut decoder, mut datagram) = (Decoder::new(), Vec::new());
    for message in &batch.messages {
        assert_eq!(message.fault(), None);
        datagram.clear();
        encode_single(message, batch.attributes_of(message), &mut datagram);
        let again = decoder.decode(&datagram).expect("what was taken is taken again");
        assert_same(batch, message, &again, &again.messages[0]);
        decoder.recycle(again);
    }
}

fn send_again_in_packets(batch: &Batch<'_>) {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::DATAGRAM_BYTES);
    let mut in_packet = Vec::new();
    for message in &batch.messages {
        let mut pushed = writer.push(message, batch.attributes_of(message));
        if pushed == Pushed::Full {
            check_packet(batch, &mut in_packet, &mut writer);
            pushed = writer.push(message, batch.attributes_of(message));
        }
        match pushed {
            Pushed::Added => in_packet.push(message),
            Pushed::Unsendable => {}
            Pushed::Full => panic!("a new packet has no room"),
        }
    }
    check_packet(batch, &mut in_packet, &mut writer);
}

fn check_packet(batch: &Batch<'_>, messages: &mut Vec<&Message<'_>>, writer: &mut PacketWriter) {
    let datagram = writer.finish(&Closing::default());
    assert!(datagram.len() <= limits::DATAGRAM_BYTES);
    let mut decoder = Decoder::new();
    let again = decoder.decode(datagram).expect("what was taken is taken again");
    assert_eq!(again.messages.len(), messages.len());
    for (sent, received) in messages.drain(..).zip(&again.messages) {
        if received.truncated && !sent.truncated {
            assert_eq!(
                (sent.name, sent.time, sent.started),
                (received.name, received.time, received.started)
            );
        } else if !sent.truncated {
            assert_same(batch, sent, &again, received);
        }
    }
}

/// The messages are equal, and so are their attributes, wherever these lie in their batches.
fn assert_same(batch: &Batch<'_>, message: &Message<'_>, other_batch: &Batch<'_>, other: &Message<'_>) {
    assert_eq!(batch.attributes_of(message), other_batch.attributes_of(other));
    assert_eq!(
        Message { attributes: 0..0, ..message.clone() },
        Message { attributes: 0..0, ..other.clone() }
    );
}
