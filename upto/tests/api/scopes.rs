//! `upto::scope!`.

use std::cell::Cell;
use std::fmt;

use upto::testing::capture;
use upto::{Event, InstrumentExt, Scope, Value};

use crate::polling::{pause, poll};

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

#[derive(Debug)]
struct Job {
    name: String,
    tries: u32,
}

#[test]
fn attributes_are_written_as_in_fields() {
    let capture = capture();
    let (url, size, warm) = ("http://a".to_owned(), &mut 7_usize, Temperature(300.0));
    let job = Job { name: "lint".to_owned(), tries: 2 };
    let scope = upto::scope!(
        "fetch",
        url,
        size,
        %warm,
        warmth = warm,
        http.status = 200,
        "any key: at all" = true,
        type = "a",
        sum = job.tries + 1,
        name = job.name,
        tries = job.tries,
        debugged = ?job,
        shown = %job.tries + 1,
        letter = 'x',
        ratio = -0.5,
        text = format!("{}!", job.name),
    );
    // Nothing was moved.
    *size += url.len() + job.name.len();
    drop((scope, warm));
    let expected: [(&str, Value); 15] = [
        ("url", "http://a".into()),
        ("size", 7.into()),
        ("warm", "300 K".into()),
        ("warmth", 300.0.into()),
        ("http.status", 200.into()),
        ("any key: at all", true.into()),
        ("type", "a".into()),
        ("sum", 3.into()),
        ("name", "lint".into()),
        ("tries", 2.into()),
        ("debugged", r#"Job { name: "lint", tries: 2 }"#.into()),
        ("shown", "3".into()),
        ("letter", "x".into()),
        ("ratio", (-0.5).into()),
        ("text", "lint!".into()),
    ];
    let expected = expected.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    assert_eq!(capture.events()[0].attributes, expected);
}

#[test]
fn a_scope_nests_as_a_guard_does() {
    let capture = capture();
    let outer = upto::scope!("outer");
    let built = upto::scope!(host = "h", "built");
    upto::scope!("inner", number = 1).end();
    drop(built);
    let name = "after";
    upto::scope!(name).end();
    upto::scope!(format!("formatted {name}"),).end();
    drop(outer);
    upto::scope!("alone",).end();
    let paths =
        ["outer", "outer.built", "outer.built.inner", "outer.after", "outer.formatted after", "alone"];
    assert_eq!(capture.events().paths(), paths);
    assert_eq!(capture.events()[2].host, "h");
}

#[test]
fn options_come_before_the_name_and_attributes_may_be_called_the_same() {
    let capture = capture();
    let parent = upto::event("parent");
    let scope = parent.scope().unwrap().clone();
    let other = upto::event("other");
    upto::scope!(context = "c", timeline = 7.to_string(), host = "h", "all", context = 1, host = 2).end();
    upto::scope!(parent = &parent, "of an event").end();
    upto::scope!(parent = &scope, "of a scope").end();
    upto::scope!(parent = Some(&scope), "of some").end();
    upto::scope!(parent = scope, "moved").end();
    upto::scope!(parent = None, "of none").end();
    upto::scope!(parent = &Event::none(), "of nothing").end();
    upto::scope!(parent = Scope::current().as_ref(), "of the current one").end();
    drop((other, parent));
    let events = capture.events();
    let expected = [
        "parent",
        "parent.other",
        "parent.other.all",
        "parent.of an event",
        "parent.of a scope",
        "parent.of some",
        "parent.moved",
        "of none",
        "parent.other.of nothing",
        "parent.other.of the current one",
    ];
    assert_eq!(events.paths(), expected);
    let all = &events[2];
    assert_eq!((all.context.as_str(), all.timeline.as_str(), all.host.as_str()), ("c", "7", "h"));
    assert_eq!((all.attribute("context"), all.attribute("host")), (Some(&1.into()), Some(&2.into())));
}

#[test]
fn only_what_is_wanted_is_evaluated() {
    let capture = capture();
    let asked = Cell::new(0);
    let ask = || asked.replace(asked.get() + 1);
    for number in 0..4 {
        let event = upto::scope!(when = number % 2 == 0, "even", asked = ask());
        assert_eq!(event.scope().is_some(), number % 2 == 0);
        upto::scope!(when = number > 5, host = ask().to_string(), "never", asked = ask()).end();
    }
    assert_eq!((asked.get(), capture.events().len()), (2, 2));
}

#[test]
fn names_of_the_macro_are_not_seen() {
    let capture = capture();
    #[allow(non_upper_case_globals)]
    const SITE: u32 = 3;
    let builder = 4;
    upto::scope!("hygienic", SITE, builder, site = SITE + builder).end();
    assert_eq!(capture.events()[0].attribute("site"), Some(&7.into()));
}

#[test]
fn a_name_of_another_macro_is_as_good() {
    macro_rules! step {
        ($name:literal, $($field:tt)*) => { upto::scope!($name, $($field)*) };
    }
    let capture = capture();
    let unit = 3;
    step!("step", unit, shown = %unit).end();
    assert_eq!(capture.events()[0].attribute("shown"), Some(&"3".into()));
}

#[test]
fn in_a_task_it_stays_with_the_task() {
    let capture = capture();
    let work = || {
        async {
            let _scope = upto::scope!("task", number = 1);
            pause().await;
            upto::event("in it").end();
        }
        .in_current_event()
    };
    let (mut first, mut second) = (std::pin::pin!(work()), std::pin::pin!(work()));
    assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
    upto::event("outside").end();
    assert!(poll(first.as_mut()).is_ready() && poll(second.as_mut()).is_ready());
    let mut events = capture.events();
    let mut paths = events.paths();
    paths.sort_unstable();
    assert_eq!(paths, ["outside", "task", "task", "task.in it", "task.in it"]);
    events = capture.events();
    assert!(events.iter().all(|event| !event.is_open()), "{events:#?}");
}
