//! Decoding allocates nothing once the decoder's buffers have grown, and nothing for empty claims.
//!
//! A binary of its own, because counting allocations takes the process's global allocator.
#![cfg(feature = "wire")]
// In a test, a panic is how a helper says what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// An allocator can't be written without `unsafe`; this one only counts and hands on.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use upto::wire::{
    Closing, Decoder, Kind, Message, PacketDefaults, PacketWriter, Pushed, Value, encode_single, limits,
};

thread_local! {
    // Per thread, so that tests running at the same time do not count one another's.
    static ALLOCATED: Cell<(u64, usize)> = const { Cell::new((0, 0)) };
}

struct Counting;

fn count(bytes: usize) {
    ALLOCATED.with(|allocated| {
        let (times, sum) = allocated.get();
        allocated.set((times + 1, sum + bytes));
    });
}

// SAFETY: every call is handed on to `System` unchanged, which keeps the contract. Counting allocates
// nothing: the thread-local value is constant-initialised and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises about `layout` are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System`, to which all allocations are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count(bytes);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often, and how many bytes, this thread allocated in `work`.
fn allocated(work: impl FnOnce()) -> (u64, usize) {
    let (times, bytes) = ALLOCATED.get();
    work();
    let (times_after, bytes_after) = ALLOCATED.get();
    (times_after - times, bytes_after - bytes)
}

const ATTRIBUTES: [(&str, Value<'_>); 3] =
    [("crate", Value::Text("serde")), ("jobs", Value::Int(16)), ("load", Value::Float(0.5))];

fn message(name: &str) -> Message<'_> {
    Message {
        kind: Kind::End,
        context: "build",
        timeline: "1234",
        name,
        host: "ci-01",
        id: 7,
        parent: 6,
        time: Some(1_795_229_259_123_456_789),
        started: Some(1_795_229_258_123_456_789),
        text: "linker not found",
        ..Message::default()
    }
}

fn single() -> Vec<u8> {
    let mut datagram = Vec::new();
    encode_single(&message("compile.serde"), &ATTRIBUTES, &mut datagram);
    datagram
}

fn packet(messages: usize) -> Vec<u8> {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::DATAGRAM_BYTES);
    for number in 0..messages {
        assert_eq!(writer.push(&message(&format!("compile.{number}")), &ATTRIBUTES), Pushed::Added);
    }
    writer.finish(&Closing::default()).to_vec()
}

fn decode(decoder: &mut Decoder, datagram: &[u8], messages: usize) {
    let batch = decoder.decode(datagram).unwrap();
    assert_eq!(batch.messages.len(), messages);
    assert_eq!(batch.attributes.len(), messages * ATTRIBUTES.len());
    decoder.recycle(batch);
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocated(|| drop(vec![0_u8; 100])), (1, 100));
}

#[test]
fn a_warm_decoder_allocates_nothing() {
    let (single, small, large) = (single(), packet(3), packet(300));
    let mut decoder = Decoder::new();
    decode(&mut decoder, &large, 300);
    let datagrams = [(&single, 1), (&small, 3), (&large, 300)];
    for (datagram, messages) in datagrams.into_iter().cycle().take(12) {
        assert_eq!(allocated(|| decode(&mut decoder, datagram, messages)), (0, 0), "{messages} messages");
    }
}

#[test]
fn a_refused_datagram_keeps_the_buffers() {
    let large = packet(300);
    let mut decoder = Decoder::new();
    decode(&mut decoder, &large, 300);
    for refused in [&large[..large.len() - 1], b"", b"garbage", &single()[..50]] {
        assert_eq!(allocated(|| assert!(decoder.decode(refused).is_err())), (0, 0));
        assert_eq!(allocated(|| decode(&mut decoder, &large, 300)), (0, 0));
    }
}

#[test]
fn claimed_lengths_allocate_nothing() {
    let mut datagrams = vec![
        b"\xdf\xff\xff\xff\xff".to_vec(),
        b"\xdd\xff\xff\xff\xff".to_vec(),
        b"\x81\xa4name\xdb\xff\xff\xff\xff".to_vec(),
        b"\x81\xa1x\xdd\xff\xff\xff\xff".to_vec(),
        b"\x81\xa1x\xdf\xff\xff\xff\xff".to_vec(),
        b"\x81\xa5attrs\xdf\xff\xff\xff\xff".to_vec(),
        b"\x95\x01\x00\x00\xdf\xff\xff\xff\xff".to_vec(),
        b"\x95\x01\x00\x00\x80\xdd\xff\xff\xff\xff".to_vec(),
        b"\x95\x01\x00\x00\x80\xdc\x3f\xff".to_vec(),
        b"\x95\x01\x00\x00\x80\x91\xdd\xff\xff\xff\xff".to_vec(),
    ];
    datagrams.extend(datagrams.clone().into_iter().map(|claim| [claim, vec![0x90; 60_000]].concat()));
    for datagram in datagrams {
        let mut decoder = Decoder::new();
        assert_eq!(
            allocated(|| assert!(decoder.decode(&datagram).is_err())),
            (0, 0),
            "{:x?}",
            &datagram[..5]
        );
    }
}

#[test]
fn a_datagram_of_the_largest_size_needs_bounded_memory() {
    // As many attributes as there is room for: two bytes each, and the most that one byte can cost.
    let attributes = [&b"\xa5attrs\xde\x00\x80"[..], &b"\xa0\x00".repeat(limits::ATTRIBUTES)].concat();
    let times = (limits::DATAGRAM_BYTES - 100) / attributes.len();
    let keys = u8::try_from(times + 3).expect("a map of 8 bits");
    let datagram =
        [&b"\xde\x00"[..], &[keys], b"\xa4type\x00\xa7context\xa1c\xa4name\xa1n", &attributes.repeat(times)]
            .concat();
    let mut decoder = Decoder::new();
    let (_, bytes) = allocated(|| {
        let batch = decoder.decode(&datagram).unwrap();
        assert_eq!(batch.attributes_of(&batch.messages[0]).len(), limits::ATTRIBUTES);
    });
    assert!(bytes < 8 << 20, "{bytes} bytes for a datagram of {}", datagram.len());
}
