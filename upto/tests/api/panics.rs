//! Formatting that panics stays where it is: the caller goes on, and the text says what happened.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use upto::testing::capture;
use upto::wire::Status;
use upto::{Event, Value};

const PLACEHOLDER: &str = "<panicked while being formatted>";

/// Says something, and panics. No hook is called: it has nothing to tell of a test that passes.
#[derive(Clone, Copy)]
struct Explosive;

impl fmt::Display for Explosive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("so far")?;
        resume_unwind(Box::new("on purpose"))
    }
}

impl fmt::Debug for Explosive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[upto::event(name = "fields", fields(shown = %value, told = ?value))]
fn fields(value: Explosive) -> Explosive {
    value
}

#[upto::event(name = "err", err)]
fn err() -> Result<(), Explosive> {
    Err(Explosive)
}

#[upto::event(name = "ret", ret)]
fn ret() -> Explosive {
    Explosive
}

#[upto::event(name = "async", fields(shown = %value), err)]
async fn later(value: Explosive) -> Result<(), Explosive> {
    Err(value)
}

#[test]
fn no_way_in_unwinds() {
    let capture = capture();
    fields(Explosive);
    assert!(err().is_err());
    ret();
    assert!(crate::polling::finish(later(Explosive)).is_err());
    let value = Explosive;
    upto::scope!("scope", shown = %value, ?value).end();
    upto::event("fail").fail(Explosive);
    upto::event("attr").attr("shown", upto::display(Explosive)).attr("told", upto::debug(Explosive));
    Event::builder("builder").attr("shown", upto::display(Explosive)).start().end();
    upto::point("point").attr("told", upto::debug(Explosive));
    let events = capture.events();
    assert_eq!(events.len(), 9, "{events:#?}");
    for event in &events {
        let said = event.attributes.values();
        assert!(said.clone().all(|value| *value == Value::from(PLACEHOLDER)), "{event:?}");
        assert!(event.text.is_empty() || event.text == PLACEHOLDER, "{event:?}");
        assert!(said.count() > 0 || event.text == PLACEHOLDER, "{event:?}");
    }
    let failed = events.iter().filter(|event| event.status == Status::Failed);
    assert_eq!(failed.map(|event| event.path.as_str()).collect::<Vec<_>>(), ["err", "async", "fail"]);
}

#[test]
fn nor_does_what_panics_while_a_panic_unwinds() {
    struct Fails(Event);
    impl Drop for Fails {
        fn drop(&mut self) {
            self.0.attr("shown", upto::display(Explosive));
        }
    }
    let capture = capture();
    let unwound = catch_unwind(|| {
        let _fails = Fails(upto::event("unwound"));
        resume_unwind(Box::new("on purpose"))
    });
    assert!(unwound.is_err());
    let events = capture.events();
    assert_eq!(events[0].attribute("shown"), Some(&Value::from(PLACEHOLDER)));
    assert_eq!((events[0].status, events[0].text.as_str()), (Status::Failed, "panicked"));
}

#[test]
fn nor_does_what_panics_when_the_panic_is_dropped() {
    thread_local! {
        static DROPPED: Cell<u32> = const { Cell::new(0) };
    }
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
            resume_unwind(Box::new("once more"));
        }
    }
    struct Worse;
    impl fmt::Display for Worse {
        fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            resume_unwind(Box::new(Payload))
        }
    }
    let capture = capture();
    let said = catch_unwind(AssertUnwindSafe(|| {
        upto::event("event").fail(Worse).mark_cancelled().scope().is_some()
    }));
    assert_eq!((said.ok(), DROPPED.get()), (Some(true), 1));
    assert_eq!(capture.events()[0].text, PLACEHOLDER);
}
