//! What is recorded of a call.

use std::fmt;

use upto::Value;

use crate::sent::{Event, find, sent_by};

fn only(work: impl FnOnce()) -> Event {
    let events = sent_by(work);
    assert_eq!(events.len(), 1, "{events:#?}");
    events.into_iter().next().unwrap_or_default()
}

fn assert_attributes(event: &Event, expected: &[(&str, Value)]) {
    let expected = expected.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    assert_eq!(event.attributes, expected);
}

#[upto::event]
fn scalars(flag: bool, letter: char, small: i8, large: u64, wide: u128, ratio: f32) {}

#[upto::event]
fn references(once: &u8, twice: &&i32, mutable: &mut f64) {
    *mutable += 1.0;
}

#[upto::event]
fn not_asked_for(text: &str, owned: String, list: Vec<u8>, _unused: u32, option: Option<u32>) -> usize {
    text.len() + owned.len() + list.len() + option.map_or(0, |_| 1)
}

#[upto::event]
#[allow(clippy::toplevel_ref_arg)]
fn patterns(
    (left, _): (u16, &str),
    mut count: usize,
    &copied: &i64,
    [first, ..]: [u8; 2],
    ref by_ref: u8,
) -> u64 {
    count += usize::from(first) + usize::from(left) + usize::from(*by_ref);
    u64::try_from(count).unwrap_or(0).saturating_add_signed(copied)
}

#[upto::event(skip(second, third))]
fn skipping(first: u8, second: u8, third: &str) -> usize {
    usize::from(first) + usize::from(second) + third.len()
}

#[upto::event(skip_all, fields(second))]
fn skipping_all(first: u8, second: u8) -> u8 {
    first + second
}

#[test]
fn numbers_and_their_like_are_recorded() {
    assert_attributes(
        &only(|| scalars(true, 'x', -3, u64::MAX, 7, 0.5)),
        &[
            ("flag", true.into()),
            ("letter", 'x'.into()),
            ("small", (-3).into()),
            ("large", u64::MAX.into()),
            ("wide", 7.into()),
            ("ratio", 0.5.into()),
        ],
    );
}

#[test]
fn references_to_them_too_as_they_are_at_the_start() {
    let event = only(|| references(&1, &&2, &mut 3.0));
    assert_attributes(&event, &[("once", 1.into()), ("twice", 2.into()), ("mutable", 3.0.into())]);
}

#[test]
fn all_else_is_not() {
    let event = only(|| assert_eq!(not_asked_for("a", "b".to_owned(), vec![1], 1, Some(2)), 4));
    assert_attributes(&event, &[]);
}

#[test]
fn patterns_are_looked_into_where_their_types_are_told() {
    let event = only(|| assert_eq!(patterns((1, "x"), 2, &3, [4, 5], 6), 16));
    let expected = [("left", 1.into()), ("count", 2.into()), ("copied", 3.into()), ("by_ref", 6.into())];
    assert_attributes(&event, &expected);
}

#[test]
fn what_is_skipped_is_not_recorded() {
    assert_attributes(&only(|| assert_eq!(skipping(1, 2, "3"), 4)), &[("first", 1.into())]);
    assert_attributes(&only(|| assert_eq!(skipping_all(1, 2), 3)), &[("second", 2.into())]);
}

struct Temperature(f64);

impl fmt::Display for Temperature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} K", self.0)
    }
}

impl From<&Temperature> for Value {
    fn from(temperature: &Temperature) -> Self {
        Value::from(temperature.0)
    }
}

#[upto::event(fields(
    sum = left + right,
    product = %left * right,
    list = ?[left, right],
    http.status = 200,
    "any key: at all" = true,
    type = "a",
    left = "replaced",
))]
fn expressions(left: u8, right: u8) {}

#[upto::event(fields(owned, borrowed, by_reference, own = owned, temperature, boiling = temperature, %letters, ?list))]
fn arguments_by_name(
    owned: String,
    borrowed: &str,
    by_reference: &String,
    temperature: Temperature,
    letters: String,
    list: Vec<u8>,
) -> (String, Temperature, String, Vec<u8>) {
    assert!(!borrowed.is_empty() && !by_reference.is_empty());
    (owned, temperature, letters, list)
}

#[derive(Debug)]
struct Machine {
    units: usize,
}

impl Machine {
    #[upto::event(fields(units = self.units, ?self, double = self.double()), skip(self))]
    fn build(&mut self, level: u8) {
        self.units += 1;
    }

    fn double(&self) -> usize {
        self.units * 2
    }
}

#[test]
fn fields_are_values_or_what_they_display_or_debug() {
    let expected = [
        ("sum", 5.into()),
        ("product", "6".into()),
        ("list", "[2, 3]".into()),
        ("http.status", 200.into()),
        ("any key: at all", true.into()),
        ("type", "a".into()),
        ("left", "replaced".into()),
        ("right", 3.into()),
    ];
    assert_attributes(&only(|| expressions(2, 3)), &expected);
}

#[test]
fn an_argument_as_a_field_is_not_moved() {
    let text = |text: &str| text.to_owned();
    let event = only(|| {
        let given = arguments_by_name(text("a"), "b", &text("c"), Temperature(373.0), text("d"), vec![1]);
        assert_eq!((given.0.as_str(), given.2.as_str(), given.3.as_slice()), ("a", "d", &[1][..]));
    });
    let expected = [
        ("owned", "a".into()),
        ("own", "a".into()),
        ("borrowed", "b".into()),
        ("by_reference", "c".into()),
        ("temperature", 373.0.into()),
        ("boiling", 373.0.into()),
        ("letters", "d".into()),
        ("list", "[1]".into()),
    ];
    assert_attributes(&event, &expected);
}

#[test]
fn a_displayed_argument_is_shown_by_its_display() {
    #[upto::event(fields(shown = %temperature))]
    fn warm(temperature: &Temperature) {}
    assert_attributes(&only(|| warm(&Temperature(300.0))), &[("shown", "300 K".into())]);
}

#[test]
fn fields_may_ask_self() {
    let event = only(|| Machine { units: 4 }.build(9));
    let expected = [
        ("units", 4.into()),
        ("self", "Machine { units: 4 }".into()),
        ("double", 8.into()),
        ("level", 9.into()),
    ];
    assert_attributes(&event, &expected);
}

#[test]
fn fields_see_nothing_of_the_macro_and_the_body_neither() {
    let event = 1_u8;
    #[upto::event(fields(given = event + output), ret)]
    fn clashing(event: u8, output: u8, running: u8) -> u8 {
        let future = event + output;
        future + running
    }
    let events = sent_by(|| assert_eq!(clashing(event, 2, 3), 6));
    let sent = find(&events, concat!(module_path!(), "::clashing"));
    assert_eq!(sent.keys(), ["event", "given", "output", "return", "running"]);
    assert_eq!(sent.attribute("given"), Some(&3.into()));
}

#[test]
fn constants_of_any_name_are_the_user_s_own() {
    const SITE: u32 = 3;
    #[upto::event(name = "sync", when = SITE == 3, fields(site = SITE))]
    fn sync() {}
    #[upto::event(name = "bare", when = SITE == 3)]
    fn bare() {}
    #[upto::event(name = "later", fields(site = SITE))]
    async fn later() {}
    let events = sent_by(|| {
        sync();
        bare();
        crate::polling::finish(later());
    });
    for name in ["sync", "later"] {
        assert_eq!(find(&events, name).attribute("site"), Some(&3.into()));
    }
    assert_eq!(events.len(), 3);
}
