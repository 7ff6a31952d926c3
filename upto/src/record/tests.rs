use std::sync::atomic::AtomicU64;

use super::*;
use crate::path::{CallSite, NodeRef, root};
use crate::wire;

fn node() -> &'static Node {
    static SITE: CallSite = CallSite::new("record", &[]);
    let Some(NodeRef::Static(node)) = SITE.below(&root()) else { panic!("no node") };
    node
}

/// The values as they are read from a record.
fn read_back(values: &[Value]) -> Option<Vec<String>> {
    let all = Values::of(7, values)?;
    let words: Vec<AtomicU64> = all.words().iter().skip(1).map(|word| AtomicU64::new(*word)).collect();
    assert_eq!((all.words().len() % 2, all.words()[0]), (1, 7));
    let (mut scratch, mut read) = (b"left over".to_vec(), Vec::new());
    read_values(&words, values.len(), &mut scratch, |place, value| {
        assert_eq!(place, read.len());
        read.push(format!("{value:?}"));
    });
    Some(read)
}

fn as_wire(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| format!("{:?}", value.as_wire())).collect()
}

#[test]
fn headers_say_what_they_were_made_of() {
    let (node, slot) = (node(), node().slot());
    for (header, words, expected) in [
        (start_header(node), START_WORDS, Header::Start { slot, has_values: false }),
        (start_with_header(node, 48), 48, Header::Start { slot, has_values: true }),
        (message_header(), 4, Header::Message),
    ] {
        assert_eq!((length(header), Header::of(header)), (words, Some(expected)));
    }
    for outcome in [Outcome::Done, Outcome::Cancelled, Outcome::Panicked] {
        let header = end_header(node, outcome);
        assert_eq!((length(header), Header::of(header)), (END_WORDS, Some(Header::End { slot, outcome })));
    }
    assert_eq!(Header::of(0), None);
}

#[test]
fn values_are_read_as_they_were_written() {
    let values = [
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Uint(u64::MAX),
        Value::Float(-0.5),
        Value::from(""),
        Value::from("seven b"),
        Value::from("eight by"),
        Value::from("nul\0 and \u{1f600}"),
    ];
    assert_eq!(read_back(&values), Some(as_wire(&values)));
    assert_eq!(read_back(&[]), Some(Vec::new()));
}

#[test]
fn as_much_as_fits_is_taken_and_no_more() {
    let numbers = |count: i64| (0..count).map(Value::Int).collect::<Vec<_>>();
    assert_eq!(read_back(&numbers(16)), Some(as_wire(&numbers(16))));
    assert!(read_back(&numbers(17)).is_none());
    let text = |bytes: usize| [Value::Text("é".repeat(bytes / 2).into())];
    assert_eq!(read_back(&text(256)), Some(as_wire(&text(256))));
    assert!(read_back(&[text(256), text(256)].concat()).is_none());
}

#[test]
fn what_a_message_takes_counts_what_it_keeps() {
    let message = |text: Value| {
        let attributes = vec![(Cow::Borrowed("key"), text)];
        Message { attributes, ..Message::new(Kind::Point, root(), Time::Wall(0)) }.bytes()
    };
    let (fixed, made) = (message(Value::Text("t".into())), message(Value::Text("t".to_owned().into())));
    assert!(fixed > size_of::<Message>() && made > fixed);
    let name: Cow<'static, str> = "n".repeat(10_000).into();
    let node = crate::path::child(&root(), &name, &[]).expect("a node");
    assert!(Message::new(Kind::Point, node, Time::Wall(0)).bytes() > 10_000);
}

#[test]
fn words_that_make_no_sense_are_no_values() {
    // Types that there are not, a text that is longer than the record, one that is no UTF-8.
    for words in [[0xf_u64, 1, 2], [0x5, 1_000, 2], [0x5, 2, 0xffff]] {
        let words = words.map(AtomicU64::new);
        let mut read = Vec::new();
        read_values(&words, 2, &mut Vec::new(), |place, value: wire::Value<'_>| {
            read.push((place, format!("{value:?}")));
        });
        assert!(read.iter().all(|(place, text)| *place == 0 && text.starts_with("Text")), "{read:?}");
    }
}
