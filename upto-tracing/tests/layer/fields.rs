//! Fields become attributes of their own types.

use std::fmt;
use std::num::NonZeroU8;

use tracing::{error, field, info_span};
use upto::Value;
use upto::wire::Status;

use crate::collector::{Attributes, collect};

fn attributes<const N: usize>(expected: [(&str, Value); N]) -> Attributes {
    expected.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[test]
fn fields_keep_their_types() {
    let seen = collect(|| {
        let text = String::from("owned");
        info_span!(
            "span",
            yes = true,
            small = -3_i8,
            big = u64::MAX,
            size = 7_usize,
            real = 1.5,
            text = "borrowed",
            text,
            nonzero = NonZeroU8::MIN,
            display = %"a b",
            debug = ?Some("x"),
            r#type = 1,
            none = None::<i32>,
            some = Some(2),
            left_open = field::Empty,
        );
    });
    let expected = attributes([
        ("yes", true.into()),
        ("small", (-3).into()),
        ("big", Value::Uint(u64::MAX)),
        ("size", Value::Int(7)),
        ("real", 1.5.into()),
        ("text", "owned".into()),
        ("nonzero", 1.into()),
        ("display", "a b".into()),
        ("debug", "Some(\"x\")".into()),
        ("type", 1.into()),
        ("some", 2.into()),
    ]);
    assert_eq!(seen.event("span").attributes, expected);
    assert_eq!(seen.event("span").end().attributes, Attributes::new());
}

#[test]
fn thirty_two_fields_are_as_many_attributes() {
    let seen = collect(|| {
        #[rustfmt::skip]
        let span = info_span!(
            "span", a0 = 0, a1 = 1, a2 = 2, a3 = 3, a4 = 4, a5 = 5, a6 = 6, a7 = 7, a8 = 8, a9 = 9, a10 = 10,
            a11 = 11, a12 = 12, a13 = 13, a14 = 14, a15 = 15, a16 = 16, a17 = 17, a18 = 18, a19 = 19, a20 = 20,
            a21 = 21, a22 = 22, a23 = 23, a24 = 24, a25 = 25, a26 = 26, a27 = 27, a28 = 28, a29 = 29, a30 = 30,
            a31 = field::Empty,
        );
        span.record("a31", 31);
    });
    let span = seen.event("span");
    let expected =
        |range: std::ops::Range<i32>| range.map(|n| (format!("a{n}"), n.into())).collect::<Attributes>();
    assert_eq!(span.attributes, expected(0..31));
    assert_eq!(span.end().attributes, expected(31..32));
}

#[test]
fn a_few_numbers_and_texts_are_as_good_as_one() {
    let seen = collect(|| {
        drop(info_span!("one", a = 1));
        drop(info_span!("missing", a = field::Empty, b = 2, c = "three"));
        drop(info_span!("seven", a = 1, b = 2, c = 3, d = "four", e = 5.5, f = true, g = 7));
    });
    assert_eq!(seen.event("one").attributes, attributes([("a", 1.into())]));
    assert_eq!(seen.event("missing").attributes, attributes([("b", 2.into()), ("c", "three".into())]));
    let seven = [
        ("a", 1.into()),
        ("b", 2.into()),
        ("c", 3.into()),
        ("d", "four".into()),
        ("e", 5.5.into()),
        ("f", true.into()),
        ("g", 7.into()),
    ];
    assert_eq!(seen.event("seven").attributes, attributes(seven));
}

#[test]
fn wide_integers_are_numbers_while_they_fit() {
    let seen = collect(|| {
        info_span!("span", fits = 5_u128, negative = -5_i128, wide = u128::MAX, low = i128::MIN);
    });
    let expected = attributes([
        ("fits", 5.into()),
        ("negative", (-5).into()),
        ("wide", u128::MAX.to_string().into()),
        ("low", i128::MIN.to_string().into()),
    ]);
    assert_eq!(seen.event("span").attributes, expected);
}

#[test]
fn errors_and_bytes_are_texts() {
    let seen = collect(|| {
        let error = std::io::Error::other("disk full");
        let error: &(dyn std::error::Error + 'static) = &error;
        info_span!("span", error, bytes = &[1_u8, 0xff][..]);
    });
    let span = seen.event("span");
    assert_eq!(span.attributes["error"], "disk full".into());
    assert!(matches!(span.attributes["bytes"], Value::Text(_)), "{:?}", span.attributes);
}

#[test]
fn texts_are_cut_at_256_bytes_between_characters() {
    let long = "é".repeat(1_000);
    let seen = collect(|| {
        info_span!("span", borrowed = long.as_str(), shown = %long, debugged = ?long);
    });
    for (key, value) in &seen.event("span").attributes {
        let Value::Text(text) = value else { panic!("{key} is {value:?}") };
        assert!((253..=256).contains(&text.len()), "{key} has {} bytes", text.len());
    }
}

/// Writes without end, until it is told to stop.
struct Endless;

impl fmt::Debug for Endless {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        loop {
            formatter.write_str("more ")?;
        }
    }
}

#[test]
fn formatting_stops_when_enough_is_known() {
    let seen = collect(|| {
        info_span!("span", endless = ?Endless);
    });
    assert_eq!(seen.event("span").attributes["endless"], "more ".repeat(52)[..256].into());
}

#[test]
fn fields_recorded_late_come_with_the_end() {
    let seen = collect(|| {
        let span = info_span!("span", known = 1, late = field::Empty, again = 1);
        span.record("late", "now").record("again", 2).record("again", 3).record("unknown", 4);
    });
    let span = seen.event("span");
    assert_eq!(span.attributes, attributes([("known", 1.into()), ("again", 1.into())]));
    assert_eq!(span.end().attributes, attributes([("late", "now".into()), ("again", 3.into())]));
}

/// Uses the very span that it is recorded into.
struct Talkative;

impl fmt::Debug for Talkative {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = tracing::Span::current();
        span.record("inner", 1);
        info_span!("formatting").in_scope(|| error!("said while formatting"));
        error!(message = "said by the span");
        formatter.write_str("said")
    }
}

#[test]
fn formatting_may_use_the_span_that_it_is_for() {
    let seen = collect(|| {
        let span = info_span!("span", outer = field::Empty, inner = field::Empty).entered();
        span.record("outer", field::debug(Talkative));
        info_span!("child", talkative = ?Talkative);
        error!("{Talkative:?}");
    });
    let span = seen.event("span");
    assert_eq!(span.end().attributes, attributes([("outer", "said".into()), ("inner", 1.into())]));
    assert_eq!(span.outcome(), (Status::Failed, "said by the span"));
    // `tracing` takes no spans from what is formatted for a new span or an event, only for a record.
    assert_eq!(seen.paths(), ["span", "span.formatting", "span.child"]);
}
